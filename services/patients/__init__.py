"""The people of the account: find, open, create, correct. Upstream knows who they are.

Nothing of them is stored. Names are kept in memory for a while, so that searches find parts and
misspellings of them.

Owns no table. May import `queries`, `identity` and what stands below them.
"""
