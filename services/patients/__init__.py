"""The people of the account: find, open, create, correct. Upstream knows who they are.

Nothing of them is stored; `search` keeps names in memory for a while, to find parts and
misspellings of them.

Owns no table. May import `queries`, `identity` and what stands below them.
"""
