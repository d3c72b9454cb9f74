"""Finds what an id names, and reads the timeline of a person or a query.

Owns no table. May import `diagnosis` and what stands below it.
"""
