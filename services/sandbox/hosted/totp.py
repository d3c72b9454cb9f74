"""Time-based one-time passwords (RFC 6238): six digits, SHA-1, thirty seconds."""

import base64
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_STEP = 30


def code(secret: str, now: datetime) -> str:
    """The code for a Base32 secret at `now` (aware)."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def is_right(secret: str, given: str, now: datetime) -> bool:
    """Whether `given` is the code at `now` (aware), or one step earlier or later."""
    # RFC 6238, 5.2, recommends to accept a step more: clocks differ, and typing takes time.
    digits = given.replace(" ", "").encode()
    return any(_matches(secret, digits, int(now.timestamp()) + off) for off in (-_STEP, 0, _STEP))


def _matches(secret: str, digits: bytes, at: int) -> bool:
    try:
        _totp(secret).verify(digits, at)
    except InvalidToken:
        return False
    return True


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), 6, SHA1(), _STEP)
