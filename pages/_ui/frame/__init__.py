"""Frame: what stands around every page: the viewer, errors, live parts, and ways to other pages.

Imports `words` alone.
"""
