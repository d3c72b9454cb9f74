"""Which identities wait for their record to be captured, and what became of each try.

When a row is due stands in the log (`capture_at`), so that it survives a restart. Several processes
share the work: each row is claimed just before the record is read. Every function works inside the
caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.identity.drift.hashes import DemographicKeys
from services.identity.drift.proofed import keep_hashes
from services.metriport.schemas import Patient
from services.metriport.timing import LOST_AFTER
from services.store.tables import ProofedIdentity

MOST_TRIES = 12
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
"""The pauses double from the first to the longest, so the last try comes after about 20 hours."""


@dataclass(frozen=True)
class Claim:
    """An identity whose record this process may read until `until` (UTC); `tries` counts this one.

    A later verification, or another process after `until`, ends the claim.
    """

    identity_id: str
    patient_id: str
    tries: int
    until: datetime


def claim_capture(session: Session, now: datetime) -> Claim | None:
    """Claim the identity that has been due longest; None where none is due."""
    wanted = select(ProofedIdentity).where(col(ProofedIdentity.capture_at) <= now)
    wanted = wanted.order_by(col(ProofedIdentity.capture_at)).limit(1)
    # PostgreSQL skips a row that another process is claiming now. SQLite needs no lock: there the
    # whole transaction waits until the other one has committed.
    row = session.exec(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.captures += 1
    # Longer than the longest read; if this process dies, the row is due again then.
    row.capture_at = until = now + LOST_AFTER
    session.add(row)
    return Claim(row.proofed_identity_id, row.patient_id, row.captures, until)


def keep_capture(
    session: Session, keys: DemographicKeys, claim: Claim, patient: Patient, now: datetime
) -> None:
    """Keep the hashes of the record that was read, unless the claim has ended meanwhile."""
    row = _lock(session, claim)
    if row is not None:
        keep_hashes(session, keys, claim.identity_id, patient, now)
        row.capture_at = None
        session.add(row)


def postpone(session: Session, claim: Claim, now: datetime) -> None:
    """Try again after a pause that grows with each try; after the last one, never."""
    row = _lock(session, claim)
    if row is not None:
        given_up = claim.tries >= MOST_TRIES
        row.capture_at = None if given_up else now + _pause(claim.tries)
        session.add(row)


def _pause(tries: int) -> timedelta:
    doubled = _FIRST_PAUSE * (1 << tries - 1)
    return min(doubled, _LONGEST_PAUSE)


def _lock(session: Session, claim: Claim) -> ProofedIdentity | None:
    """The row of the claim; None where the claim has ended."""
    row = session.get(ProofedIdentity, claim.identity_id, with_for_update=True)
    return row if row is not None and row.capture_at == claim.until else None
