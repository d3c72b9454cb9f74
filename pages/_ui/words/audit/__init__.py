"""Words of the access log: what was done as a sentence, and what became of it.

Imports `words` alone.
"""
