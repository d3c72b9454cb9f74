"""Webhook signatures: hex HMAC-SHA256 of the raw body under the account's webhook key."""

import hmac

HEADER = "x-metriport-signature"


def sign(key: str, body: bytes) -> str:
    """The signature of `body`, as lower-case hex."""
    return hmac.digest(key.encode(), body, "sha256").hex()


def is_valid(key: str, body: bytes, signature: str | None) -> bool:
    """Whether `signature` is that of the raw `body`, compared in constant time."""
    if not signature:
        return False
    return hmac.compare_digest(sign(key, body).encode(), signature.encode("utf-8", "replace"))
