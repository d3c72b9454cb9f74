"""What it means that a browser comes back from a hosted page.

The signed cookie says to which pages the browser was sent. It does not say who caused the return:
browsers send our cookie with every top-level navigation to us (SameSite=Lax), so any page that the
person has open can cause one, with whatever parameters it likes. Therefore no return shuts out a
later one. Everything works inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from services.identity.aal2_sessions import Aal2Sessions, fingerprint, sessions_of
from services.identity.access_facts import AAL2, IDENTITY, standing_session
from services.identity.access_state import USED
from services.store.columns import storable
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession

VERIFIED = "verified"
"""The only status of a return that is documented."""

_LONGEST_STATUS = 60
_GRACE = timedelta(minutes=10)
"""How long after a hosted page's end its return may still arrive."""

_MIXED_UP = "two at once in one browser"
"""Kept in place of the status where it cannot be known whose return it was."""

Visited = IdentitySession | Aal2Challenge


class ReturnOutcome(StrEnum):
    """What a browser's return means."""

    RECEIVED = "received"
    SATISFIED = "satisfied"
    DECLINED = "declined"
    DONE = "done"
    OVER = "over"
    WAITING = "waiting"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


def from_identity(
    session: Session, targets: Sequence[str], status: str | None, now: datetime
) -> ReturnOutcome:
    """Note a return from the proofing; whether it passed only a webhook says."""
    rows = visited(session, IDENTITY, targets)
    if not rows:
        return ReturnOutcome.UNKNOWN
    away, last = _away(rows, now), _last_moved(rows)
    if last.returned_at is not None:
        # Without a new status it is the same page opened again.
        if status is not None and _cut(status) != last.returned_status:
            _note_return(session, last, status, now)
    elif _have_one_owner(away):
        _note_return(session, away[-1], status, now)
    return ReturnOutcome.RECEIVED


def from_challenge(
    session: Session,
    aal2: Aal2Sessions,
    targets: Sequence[str],
    status: str | None,
    credential: str | None,
    now: datetime,
) -> ReturnOutcome:
    """Note a return from a challenge, and keep the AAL2 session that it brings.

    Without a status and a session id it is the page opened again, which changes nothing. Raises
    `Duplicate` for a session id that came through another link at the same moment.
    """
    rows = visited(session, AAL2, targets)
    if not rows:
        return ReturnOutcome.UNKNOWN
    if status is None and credential is None:
        return _outcome(session, aal2, _last_moved(rows), now)
    if known := _known(session, rows, credential):
        return _outcome_of(known, aal2, now)
    away = _away(rows, now)
    if not _have_one_owner(away):
        return _note_mixed_up(session, away, now)
    challenge = _newest_of_owner(rows, away[-1], now)
    assert isinstance(challenge, Aal2Challenge)
    if challenge.returned_status == _MIXED_UP:
        # The first of two returns that cannot be told apart has come; this one is the second.
        return ReturnOutcome.AMBIGUOUS
    return _take_return(session, aal2, challenge, status, credential, now)


def _take_return(
    session: Session,
    aal2: Aal2Sessions,
    challenge: Aal2Challenge,
    status: str | None,
    credential: str | None,
    now: datetime,
) -> ReturnOutcome:
    brings_session = status == VERIFIED and bool(credential)
    if challenge.returned_at is None or brings_session or _cut(status) != challenge.returned_status:
        _note_return(session, challenge, status, now)
    if brings_session:
        bound = aal2.bind(session, challenge, credential or "", now)
        if bound is not None:
            return _outcome_of(bound, aal2, now)
    return _outcome(session, aal2, challenge, now)


def visited(session: Session, kind: str, targets: Sequence[str]) -> list[Visited]:
    """The hosted pages that a browser was sent to, locked; the one it set out to last is last."""
    # Every transaction locks in the order of the ids, so that no two wait for one another.
    found = (_locked(session, kind, target) for target in sorted(targets))
    rows = [row for row in found if row is not None]
    return sorted(rows, key=lambda row: (row.opened_at or row.created_at, row.id))


def _locked(session: Session, kind: str, target: str) -> Visited | None:
    if kind == IDENTITY:
        return session.get(IdentitySession, target, with_for_update=True)
    return session.get(Aal2Challenge, target, with_for_update=True)


def _last_moved(rows: Sequence[Visited]) -> Visited:
    """The one that this browser set out to or came back from last."""
    return max(rows, key=lambda row: row.returned_at or row.opened_at or row.created_at)


def _away(rows: Sequence[Visited], now: datetime) -> Sequence[Visited]:
    """The pages that a browser's return may belong to, the likeliest last.

    These are the pages that it has not come back from and that can still be finished; without one,
    the newest page that it has not come back from, or else the newest.
    """
    away = [row for row in rows if row.returned_at is None]
    return [row for row in away if _can_return(row, now)] or away[-1:] or rows[-1:]


def _can_return(row: Visited, now: datetime) -> bool:
    return row.expires_at is not None and now < row.expires_at + _GRACE


def _have_one_owner(rows: Sequence[Visited]) -> bool:
    """Whether all pages are of one person and, for challenges, of one identity.

    All returns come to the same address, so nothing tells two people apart who are on their way in
    one browser, or two identities of one person.
    """
    return len({_owner(row) for row in rows}) == 1


def _owner(row: Visited) -> tuple[str, str | None]:
    return row.patient_id, getattr(row, "proofed_identity_id", None)


def _newest_of_owner(rows: Sequence[Visited], row: Visited, now: datetime) -> Visited:
    """The page that the owner of `row` set out to last, returned from or not.

    A challenge that was left unfinished must not take the return of a newer one that somebody else
    has caused a return from: as sessions of two challenges, one would replace the other.
    """
    same = [other for other in rows if _owner(other) == _owner(row) and _can_return(other, now)]
    return same[-1] if same else row


def _note_return(session: Session, row: Visited, status: str | None, now: datetime) -> None:
    """Count the return; time and status are kept of the first one."""
    row.returns += 1
    if row.returned_at is None:
        row.returned_at, row.returned_status = now, _cut(status)
    session.add(row)


def _note_mixed_up(session: Session, away: Sequence[Visited], now: datetime) -> ReturnOutcome:
    for row in away:
        _note_return(session, row, _MIXED_UP, now)
    return ReturnOutcome.AMBIGUOUS


def _cut(status: str | None) -> str | None:
    """The status as the log keeps it."""
    return storable(status)[:_LONGEST_STATUS] if status else None


def _known(session: Session, rows: Sequence[Visited], credential: str | None) -> Aal2Session | None:
    """The session that this browser brought before: an address that is opened again."""
    wanted = select(Aal2Session).where(
        col(Aal2Session.fingerprint) == fingerprint(credential or ""),
        col(Aal2Session.challenge_id).in_([row.id for row in rows]),
    )
    return session.exec(wanted).first()


def _outcome(session: Session, aal2: Aal2Sessions, row: Visited, now: datetime) -> ReturnOutcome:
    """What became of a challenge, as it stands now."""
    standing = standing_session(sessions_of(session, row.id))
    if standing is not None:
        return _outcome_of(standing, aal2, now)
    if row.returned_status == _MIXED_UP:
        return ReturnOutcome.AMBIGUOUS
    return ReturnOutcome.DECLINED if row.returned_at else ReturnOutcome.WAITING


def _outcome_of(kept: Aal2Session, aal2: Aal2Sessions, now: datetime) -> ReturnOutcome:
    if kept.end_reason == USED:
        return ReturnOutcome.DONE
    over = kept.ended_at or now >= kept.verified_at + aal2.limits.shortest
    return ReturnOutcome.OVER if over else ReturnOutcome.SATISFIED
