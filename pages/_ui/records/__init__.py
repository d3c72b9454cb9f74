"""The parts of the page of fetched records: what can be looked at, the reason, and the list."""
