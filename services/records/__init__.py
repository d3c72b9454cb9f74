"""Consolidated data: asked for, followed, and counted per resource type.

Owns the table `record_request`. May import `patients`, `queries` and what stands below them.
"""
