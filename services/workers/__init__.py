"""Loops over the log in the background: follow-up of what is open, erasing what is over.

Owns no table. May import `operations` and what stands below it.
"""
