"""What the filters over queries ask of sources and records, as SQL."""
