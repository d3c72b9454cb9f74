"""Who gets how far on the way to their records, and what the rollups count of it."""
