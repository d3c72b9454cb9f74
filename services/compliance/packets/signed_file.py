"""A document as a JSON file, and a detached signature that public tools can verify.

The signature is Ed25519 over the bytes of the file as they are. With OpenSSL 3:

    openssl pkeyutl -verify -pubin -inkey desk.pem -rawin -in packet.json -sigfile packet.json.sig
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.staff.proof.signing import SigningKeys

KEY_FILE = "desk.pem"
"""The name under which the public key lies beside the signed files."""

_KEY_ID = "signed_by"


@dataclass(frozen=True)
class SignedFile:
    """The bytes of a JSON file, their signature (64 bytes), and the public key as PEM."""

    name: str
    content: bytes
    signature: bytes
    public_key: str

    def files(self) -> dict[str, bytes]:
        """The three files by their names, as they belong side by side in one folder."""
        return {
            self.name: self.content,
            f"{self.name}.sig": self.signature,
            KEY_FILE: self.public_key.encode("ascii"),
        }

    def command(self) -> str:
        """The command that verifies the file; it ends with status 0 where nothing was changed."""
        files = f"-in {self.name} -sigfile {self.name}.sig"
        return f"openssl pkeyutl -verify -pubin -inkey {KEY_FILE} -rawin {files}"


def sign_file(name: str, document: Mapping[str, Any], keys: SigningKeys) -> SignedFile:
    """The document as a signed file of this name; the id of the key is added as `signed_by`.

    Raises `TypeError` and `ValueError` for what JSON cannot hold.
    """
    key = next(key for key in keys.published() if key.signs)
    content = canonical_json({**document, _KEY_ID: key.key_id})
    return SignedFile(name, content, keys.sign_file(content), keys.pem(key.key_id))


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """The one text of a document: keys sorted, one space of indent a level, all of it ASCII.

    Times are UTC, as in `2026-09-14T15:30:00.000000Z`. Characters beyond ASCII are `\\u` escapes,
    so that no text in it can turn the direction in which a person reads it.
    """
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False, default=_plain)
    return f"{text}\n".encode("ascii")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a signed file")
