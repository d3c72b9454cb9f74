"""Records and what identities were proofed against."""
