"""Consolidated data: asked for, followed, counted per resource type, and looked at for a reason.

Owns the tables `record_request` and `record_look`. May import `patients`, `queries` and what stands
below them.
"""
