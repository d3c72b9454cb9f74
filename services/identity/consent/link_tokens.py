"""The tokens of the lasting links by which people withdraw their consent.

A token has 256 bits and is kept as a hash, as a link's is. The first one of a consent is computed
from its id and the secret key: the page that a person returns to can then show it again, as often
as it is opened, and the log need not hold it.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from services.identity.tokens import token_hash
from services.store.tables import Consent


def first_token(consent_id: str, secret_key: str) -> str:
    """The token that a consent is born with."""
    # A key of its own, so that no other use of the secret shares key material.
    key = hashlib.sha256(b"access-desk consent link:" + secret_key.encode()).digest()
    digest = hmac.new(key, consent_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def known_token(row: Consent, secret_keys: Sequence[str]) -> str | None:
    """The row's first token, if it is still the one that counts; None once it was replaced."""
    tokens = (first_token(row.id, key) for key in secret_keys)
    return next((token for token in tokens if token_hash(token) == row.revoke_hash), None)
