"""Signs what proves the state of the access log, with Ed25519 keys that rotate.

`SIGNING_KEY` names the keys, separated by commas: the first signs, every one verifies. A key is the
32 bytes of its private seed in URL-safe base64; `pub:` and the 32 bytes of a public key is one that
only verifies.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.errors import BadSettings, NotInLog

_PUBLIC = "pub:"
_BYTES = 32


@dataclass(frozen=True)
class Signature:
    """A signature in URL-safe base64, and the id of the key that made it."""

    key_id: str
    value: str


@dataclass(frozen=True)
class PublishedKey:
    """A public key to publish: whoever has it can check what was signed."""

    key_id: str
    public_key: str
    """The 32 bytes in URL-safe base64."""
    signs: bool
    """Whether this is the key that signs now."""


class SigningKeys:
    """The keys of this installation. Raises `BadSettings` for a text that is no key."""

    def __init__(self, texts: Sequence[str]) -> None:
        if not texts or texts[0].startswith(_PUBLIC):
            raise BadSettings("SIGNING_KEY: the first key must be a private one: it signs")
        self._private = Ed25519PrivateKey.from_private_bytes(_decode(texts[0]))
        publics = [_public_key(text) for text in texts]
        self._publics = {_key_id(key): key for key in publics}
        self._own_id = _key_id(publics[0])

    def sign(self, parts: Sequence[Any]) -> Signature:
        """The signature of the first key over the canonical text of `parts`."""
        signed = self._private.sign(signed_text([*parts, self._own_id]))
        return Signature(self._own_id, _encode(signed))

    def sign_file(self, content: bytes) -> bytes:
        """The 64 bytes of the first key's signature over a file; public tools can verify it.

        Raises `ValueError` unless the file begins as a JSON object. Anchors and seals are JSON
        lists, so no signature of a file is ever one of theirs.
        """
        if not content.startswith(b"{"):
            raise ValueError("only JSON objects are signed as files")
        return self._private.sign(content)

    def pem(self, key_id: str) -> str:
        """The public key of this id as PEM; raises `NotInLog` for one that is not known."""
        key = self._publics.get(key_id)
        if key is None:
            raise NotInLog(f"No key of SIGNING_KEY has the id {key_id}.", next_step="")
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    def is_known(self, key_id: str) -> bool:
        """Whether one of the keys has this id."""
        return key_id in self._publics

    def is_valid(self, parts: Sequence[Any], signature: Signature) -> bool:
        """Whether one of the keys signed exactly `parts`; False for a key that is not known."""
        key = self._publics.get(signature.key_id)
        if key is None:
            return False
        try:
            value = base64.urlsafe_b64decode(signature.value + "==")
            key.verify(value, signed_text([*parts, signature.key_id]))
        except (InvalidSignature, ValueError):
            return False
        return True

    def published(self) -> list[PublishedKey]:
        """The public part of every key, the one that signs first."""
        return [
            PublishedKey(key_id, _encode(_raw(key)), key_id == self._own_id)
            for key_id, key in self._publics.items()
        ]


def signed_text(parts: Sequence[Any]) -> bytes:
    """What a signature covers: a JSON list, without spaces, keys sorted, all but ASCII escaped."""
    return json.dumps(parts, separators=(",", ":"), sort_keys=True).encode("ascii")


def make_signing_key() -> str:
    """A new private key, as `SIGNING_KEY` takes it."""
    return secrets.token_urlsafe(_BYTES)


def _public_key(text: str) -> Ed25519PublicKey:
    if text.startswith(_PUBLIC):
        return Ed25519PublicKey.from_public_bytes(_decode(text.removeprefix(_PUBLIC)))
    return Ed25519PrivateKey.from_private_bytes(_decode(text)).public_key()


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        value = base64.urlsafe_b64decode(text.rstrip("=") + "==")
    except ValueError:
        value = b""
    if len(value) != _BYTES:
        raise BadSettings("SIGNING_KEY: must be 32 bytes in URL-safe base64, as the command makes")
    return value
