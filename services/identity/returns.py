"""What it means that a browser comes back from a hosted page.

The signed cookie says to which pages it was sent; only the first return from each counts.
Everything works inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from services.identity.aal2_sessions import Aal2Sessions, fingerprint
from services.identity.access_facts import AAL2, IDENTITY
from services.identity.access_state import USED
from services.store.tables import Aal2Challenge, Aal2Session, IdentitySession

VERIFIED = "verified"
"""The one status of a return that is documented."""

_LONGEST_STATUS = 60
_GRACE = timedelta(minutes=10)
_MIXED_UP = "two at once in one browser"
"""What is noted in place of a status that is nobody's for certain."""

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
    """ReturnOutcome from the proofing; whether it passed only a webhook says."""
    rows = visited(session, IDENTITY, targets)
    if not rows:
        return ReturnOutcome.UNKNOWN
    away = _away(rows, now)
    # A page that is opened again is no second return.
    if _last_moved(rows).returned_at is None and _is_one_way(away):
        _come_back(session, away[-1], status, now)
    return ReturnOutcome.RECEIVED


def from_challenge(
    session: Session,
    aal2: Aal2Sessions,
    targets: Sequence[str],
    status: str | None,
    credential: str | None,
    now: datetime,
) -> ReturnOutcome:
    """ReturnOutcome from the challenge, with an AAL2 session if it was satisfied.

    Without a word of upstream it is a page that was opened again: that changes nothing. Raises
    `Duplicate` for a session id that came through another link at the same moment.
    """
    rows = visited(session, AAL2, targets)
    if not rows:
        return ReturnOutcome.UNKNOWN
    if status is None and credential is None:
        return _outcome(session, aal2, _last_moved(rows), now)
    if known := _known(session, rows, credential):
        return _of_session(known, aal2, now)
    away = _away(rows, now)
    if not _is_one_way(away):
        for one in away:
            _come_back(session, one, _MIXED_UP, now)
        return ReturnOutcome.AMBIGUOUS
    row = away[-1]
    assert isinstance(row, Aal2Challenge)
    if _come_back(session, row, status, now) and status == VERIFIED and credential:
        aal2.bind(session, row, credential, now)
        session.flush()
    return _outcome(session, aal2, row, now)


def visited(session: Session, kind: str, targets: Sequence[str]) -> list[Visited]:
    """The hosted pages that a browser was sent to, locked, oldest first."""
    found = (_locked(session, kind, one) for one in sorted(targets))
    return [row for row in found if row is not None]


def _locked(session: Session, kind: str, target: str) -> Visited | None:
    if kind == IDENTITY:
        return session.get(IdentitySession, target, with_for_update=True)
    return session.get(Aal2Challenge, target, with_for_update=True)


def _last_moved(rows: Sequence[Visited]) -> Visited:
    """The one that this browser set out to or came back from last."""
    return max(rows, key=lambda row: row.returned_at or row.opened_at or row.created_at)


def _away(rows: Sequence[Visited], now: datetime) -> Sequence[Visited]:
    """What a browser's return may belong to, the likeliest last.

    That are the pages that it has not come back from, as long as they can be finished; else the
    newest.
    """
    away = [row for row in rows if row.returned_at is None]
    fresh = [row for row in away if row.expires_at and now < row.expires_at + _GRACE]
    return fresh or away[-1:] or rows[-1:]


def _is_one_way(rows: Sequence[Visited]) -> bool:
    """Whether a return can be told whose it is, and for which identity.

    The address that browsers return to is the same for all, so nothing tells two people apart who
    are on their way in one browser, or two identities of one person.
    """
    return len({(row.patient_id, getattr(row, "proofed_identity_id", None)) for row in rows}) == 1


def _come_back(session: Session, row: Visited, status: str | None, now: datetime) -> bool:
    """Note the return, the first time; whether it was."""
    if row.returned_at is not None:
        return False
    row.returned_at = now
    row.returned_status = status[:_LONGEST_STATUS] if status else None
    session.add(row)
    return True


def _known(session: Session, rows: Sequence[Visited], credential: str | None) -> Aal2Session | None:
    """The session that this browser brought before: an address that is opened again."""
    wanted = select(Aal2Session).where(
        col(Aal2Session.fingerprint) == fingerprint(credential or "")
    )
    return session.exec(
        wanted.where(col(Aal2Session.challenge_id).in_([row.id for row in rows]))
    ).first()


def _outcome(session: Session, aal2: Aal2Sessions, row: Visited, now: datetime) -> ReturnOutcome:
    """What became of a challenge, as it stands now."""
    wanted = select(Aal2Session).where(col(Aal2Session.challenge_id) == row.id)
    bound = session.exec(wanted).first()
    if bound is not None:
        return _of_session(bound, aal2, now)
    if row.returned_status == _MIXED_UP:
        return ReturnOutcome.AMBIGUOUS
    return ReturnOutcome.DECLINED if row.returned_at else ReturnOutcome.WAITING


def _of_session(bound: Aal2Session, aal2: Aal2Sessions, now: datetime) -> ReturnOutcome:
    if bound.end_reason == USED:
        return ReturnOutcome.DONE
    over = bound.ended_at or now >= bound.verified_at + aal2.limits.shortest
    return ReturnOutcome.OVER if over else ReturnOutcome.SATISFIED
