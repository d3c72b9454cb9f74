"""Network queries: requests, starts, updates from outside, status, and the log of them.

Owns the tables `network_query` and `query_source`. May import `patients`, `identity` and what
stands below them.
"""
