"""The API over HTTP: a module of handlers for each group of calls, and the checks before them.

The handlers read and write through the owners of the tables, which `upstream.Upstream` holds.
"""
