"""Lists: tables, their filters and paging in the URL, and the files they are exported to.

Imports `words` and `frame`.
"""
