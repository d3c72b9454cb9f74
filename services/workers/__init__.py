"""Loops over the log in the background: asking about what is open, erasing what has ended.

Owns no table. May import `operations` and what stands below it.
"""
