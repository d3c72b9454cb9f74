"""How network queries end, as tables of numbers that are charted.

Owns no table. May import `diagnosis` and what stands below it.
"""
