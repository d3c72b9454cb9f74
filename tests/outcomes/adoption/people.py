"""Rows of people, made by hand. Times are minutes after Monday, September 7, 2026, 10:00 UTC."""

from datetime import UTC, datetime, timedelta

from services.outcomes.adoption.person_rows import (
    CountRow,
    LinkRow,
    PersonRows,
    QueryRow,
    SatisfiedRow,
)

BEGIN = datetime(2026, 9, 7, 10, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def days(number: float) -> float:
    """So many days, in minutes."""
    return number * 24 * 60


def verification(minutes: float, opened: float | None = None, **more: bool) -> LinkRow:
    return _link("identity", minutes, 60, opened, **more)


def challenge(
    minutes: float,
    opened: float | None = None,
    method: str | None = "totp",
    withdrawn: bool = False,
) -> LinkRow:
    return _link("aal2", minutes, 15, opened, withdrawn, method)


def _link(
    kind: str,
    minutes: float,
    lasts: float,
    opened: float | None,
    withdrawn: bool = False,
    method: str | None = None,
) -> LinkRow:
    opened_at = None if opened is None else at(opened)
    own_id = f"{kind}-{minutes:g}"
    return LinkRow(own_id, kind, at(minutes), at(minutes + lasts), opened_at, withdrawn, method)


def satisfied(
    of: LinkRow, minutes: float, used_by: str | None = None, end: str | None = None
) -> SatisfiedRow:
    end = end or ("used" if used_by else None)
    return SatisfiedRow(f"s-{minutes:g}", of.id, at(minutes), used_by, end)


def query(
    own_id: str,
    minutes: float,
    status: str = "completed",
    purpose: str = "ias",
    origin: str = "dashboard",
    facility: str | None = None,
    took: float | None = 2,
) -> QueryRow:
    """A query; some source of it completes where its status says so."""
    ended = None if took is None else at(minutes + took)
    completed = ended if status in ("completed", "partial") else None
    return QueryRow(own_id, purpose, origin, facility, status, at(minutes), ended, completed)


def counted(minutes: float, resources: int) -> CountRow:
    return CountRow(at(minutes), at(minutes + 1), resources)


def whole_way(own_id: str = "q", start: float = 0) -> PersonRows:
    """Somebody who took every step, one every ten minutes."""
    sent = challenge(start + 40, start + 45, method="webauthn")
    return PersonRows(
        links=[verification(start, start + 10), sent],
        verified_at=[at(start + 30)],
        consents_at=[at(start + 20)],
        satisfied=[satisfied(sent, start + 50, used_by=own_id)],
        queries=[query(own_id, start + 60, took=10)],
        counts=[counted(start + 79, 12)],
    )
