"""Charts: figures made from tables by pure functions, their numbers as lists, how pages draw them.

Imports `words`, `frame` and `list`. Colour alone never carries a meaning.
"""
