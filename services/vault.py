"""Encryption at rest, under the settings' secret keys: the first encrypts, all decrypt."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet


class Vault:
    """Encrypts what the log must keep but nobody may read from its files."""

    def __init__(self, secret_keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in secret_keys])

    def encrypt(self, clear: bytes) -> bytes:
        """`clear`, encrypted and authenticated."""
        return self._fernet.encrypt(clear)

    def decrypt(self, secret: bytes) -> bytes:
        """The clear bytes; raises `cryptography.fernet.InvalidToken` under foreign keys."""
        return self._fernet.decrypt(secret)


def _derived(key: str) -> bytes:
    """A Fernet key of its own, so that the cookie signature never shares key material."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"access-desk vault:" + key.encode()).digest())
