"""Retention: the table of what is kept, the purge, holds."""
