"""The rows of a made log, batch by batch, in the order of time.

Nothing of it is anybody's: ids and times come of a seed, and the same seed makes the same rows.
`tests.benchmarks.log_maker` writes them.
"""
