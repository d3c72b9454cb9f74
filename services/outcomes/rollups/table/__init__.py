"""The rows of `rollup`: how they are packed, written, and read for the buckets of a chart."""
