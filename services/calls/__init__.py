"""What was asked of the upstream: the request log, and what is left of its rate limits.

Owns the table `upstream_call`. May import `staff` and what stands below it.
"""
