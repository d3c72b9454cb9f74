"""The proof that the access log is whole."""
