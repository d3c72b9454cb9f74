"""The log as Parquet files for the company's own warehouse: ids, states and times, no secrets.

Owns no table. The files are for programs that read months at once, as DuckDB does; what leaves the
program as a table for people is made by `staff/exports.py`.
"""
