"""Keyed hashes of a record's fields: they tell whether one changed, and nothing of its value."""

import hashlib
import hmac
import json

from services.identity.drift.fields import FORM, comparable_fields
from services.metriport.schemas import Patient

_PURPOSE = b"access-desk demographics %d:" % FORM


class DemographicKeys:
    """The keys of the hashes, made from the settings' secret keys: the first makes new hashes.

    A hash names the version of its key. As long as that secret stands in `SECRET_KEY`, also behind
    a newer one, the hash can be compared.
    """

    def __init__(self, secret_keys: list[str]) -> None:
        keys = [hashlib.sha256(_PURPOSE + secret.encode()).digest() for secret in secret_keys]
        self._keys = {_version_of(key): key for key in keys}
        self.newest = _version_of(keys[0])

    def hash_fields(self, patient: Patient, version: str) -> dict[str, str]:
        """The hash of each field under the key of that version; nothing where there is no such key.

        The person's id goes into each, so that equal addresses of two people have unequal hashes.
        """
        key = self._keys.get(version)
        if key is None:
            return {}
        fields = comparable_fields(patient).items()
        return {name: _hash(key, [patient.id, name, *values]) for name, values in fields}


def _version_of(key: bytes) -> str:
    """A name of the key, from which nobody can find the key."""
    return hashlib.sha256(b"version:" + key).hexdigest()[:16]


def _hash(key: bytes, parts: list[str]) -> str:
    text = json.dumps(parts, separators=(",", ":"))
    return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()
