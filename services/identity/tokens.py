"""The tokens of the addresses that people are sent: 256 random bits, kept as a hash."""

import hashlib
import secrets


def fresh_token() -> str:
    """A token that only whoever is shown it knows."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
