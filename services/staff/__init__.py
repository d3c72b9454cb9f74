"""Who works here: roles and permissions, sign-in, and the access log of what they did and saw.

Owns the tables of the access log. `sign_in` begins and ends staff sessions, `access_log` reads the
log, `proof` shows that it is whole. May import `store`, `metriport` and the modules at the root.
"""
