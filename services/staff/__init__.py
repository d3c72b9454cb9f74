"""Who works here: roles and permissions, sign-in, and the access log of what they did and saw.

Owns the table `audit_event`. May import `store`, `metriport` and the modules at the root.
"""
