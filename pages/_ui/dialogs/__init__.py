"""Dialogs: which one is open, and the ones that start, send, create and replay.

Imports `words` and `frame`.
"""
