"""One treatment query for each person of a list: lists, runs, and their pacing.

Owns the tables `bulk_run` and `bulk_item`. May import `diagnosis` and what stands below it.
"""
