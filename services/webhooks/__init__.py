"""Messages from the upstream: received, interpreted by type, shown in the inbox, replayed.

Owns the table `webhook_event`. May import `records` and what stands below it.
"""
