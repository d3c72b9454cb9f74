"""The people of the account: find, open, create. Who they are is read upstream, never stored.

Owns no table. May import `queries`, `identity` and what stands below them.
"""
