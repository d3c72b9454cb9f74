"""Counts of the log by day and quarter of an hour, which charts read in place of the log.

Owns the table `rollup`, and folds the waiting rows of `log_change` into it.
"""
