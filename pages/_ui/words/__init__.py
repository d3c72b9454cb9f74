"""Words: how times, names, states and verdicts read, and text from outside made harmless.

Pure functions over plain values: nothing here draws. Imports no other folder of `_ui`.
"""
