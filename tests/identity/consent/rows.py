"""Rows of consents for tests, in hours around a fixed noon."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.store.tables import Consent

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
HASH = "a" * 64


def hour(hours: float) -> datetime:
    """The moment so many hours after noon."""
    return NOON + timedelta(hours=hours)


def consent(
    name: str, given: float, ends: float | None = None, revoked: float | None = None, **more: Any
) -> Consent:
    """A row given so many hours after noon."""
    values = {"way": "link", "recorded_at": hour(given), "patient_id": "p", "version": "1"} | more
    return Consent(
        id=name,
        text_hash=HASH,
        given_at=hour(given),
        ends_at=None if ends is None else hour(ends),
        revoked_at=None if revoked is None else hour(revoked),
        **values,
    )
