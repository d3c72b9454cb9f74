"""Consolidated data: the queries for it, its contents in each format, and its presigned URLs.

Owns the table `consolidated_query`.
"""
