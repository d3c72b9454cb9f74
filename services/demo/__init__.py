"""Fills an empty log at the first start with the sandbox: a past, and people in every state.

Writes rows of many tables at once, as no other folder may: the log is empty then.

Only the composition root and tests import it. May import `workers` and what stands below it.
"""
