"""The charts over the whole history, and other ways to the same numbers to compare them with."""
