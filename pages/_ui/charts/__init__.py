"""Charts: figures made from tables by pure functions, and how a page draws them.

Imports `words` and `frame`. Colour alone never carries a meaning.
"""
