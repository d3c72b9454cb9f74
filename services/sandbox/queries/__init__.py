"""Network queries: what a start may ask for, the simulated sources, and the queries kept.

Owns the tables `network_query` and `source_run`.
"""
