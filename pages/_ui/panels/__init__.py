"""Panels: the larger parts of one page each, which the page itself only puts in order.

Imports every other folder.
"""
