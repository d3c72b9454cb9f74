"""Reads what the log holds about people's way to their own records, for many at once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from services.identity.access_state import Aal2SessionFacts, AccessFacts, IdentityFacts, LinkFacts
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    PatientLink,
    ProofedIdentity,
)

IDENTITY, AAL2 = "identity", "aal2"
"""The kinds of links that people are sent."""

ACTIVE, INACTIVE = "active", "inactive"
"""What a proofed identity is to upstream."""


def facts_of(session: Session, patient_ids: Collection[str]) -> dict[str, AccessFacts]:
    """Each person's facts; a fixed number of statements, however many people."""
    found = {one: _Gathered() for one in patient_ids}
    for identity in _rows(session, ProofedIdentity, "verified_at", patient_ids):
        found[identity.patient_id].identity = identity
    for sent in _rows(session, IdentitySession, "id", patient_ids):
        if sent.session_id:
            found[sent.patient_id].verification = sent
    for challenge in _rows(session, Aal2Challenge, "id", patient_ids):
        if challenge.challenge_id and found[challenge.patient_id].counts(challenge):
            found[challenge.patient_id].challenge = challenge
    for satisfied in _rows(session, Aal2Session, "verified_at", patient_ids):
        if found[satisfied.patient_id].counts(satisfied):
            found[satisfied.patient_id].take_session(satisfied)
    return {one: gathered.facts() for one, gathered in found.items()}


def link_of(session: Session, target: str) -> PatientLink | None:
    """The link that leads to an identity session or a challenge."""
    return session.exec(select(PatientLink).where(col(PatientLink.target) == target)).first()


Row = TypeVar("Row", ProofedIdentity, IdentitySession, Aal2Challenge, Aal2Session)


class _Gathered:
    """One person's rows, the newest of each kind winning."""

    def __init__(self) -> None:
        self.identity: ProofedIdentity | None = None
        self.verification: IdentitySession | None = None
        self.challenge: Aal2Challenge | None = None
        self.session: Aal2Session | None = None

    def take_session(self, row: Aal2Session) -> None:
        """An open session stands above a newer one that has ended."""
        if self.session is None or row.ended_at is None or self.session.ended_at is not None:
            self.session = row

    def counts(self, row: Aal2Challenge | Aal2Session) -> bool:
        """Whether a challenge or session is one for the identity that counts."""
        return (
            self.identity is not None
            and row.proofed_identity_id == self.identity.proofed_identity_id
        )

    def facts(self) -> AccessFacts:
        return AccessFacts(
            verification=_step(self.verification),
            identity=_identity(self.identity),
            challenge=_step(self.challenge),
            session=_session(self.session),
        )


def _rows(
    session: Session, table: type[Row], order: str, patient_ids: Collection[str]
) -> Sequence[Row]:
    wanted = select(table).where(col(table.patient_id).in_(patient_ids))
    return session.exec(wanted.order_by(col(getattr(table, order)))).all()


def _step(row: IdentitySession | Aal2Challenge | None) -> LinkFacts | None:
    if row is None:
        return None
    return LinkFacts(
        target=row.id,
        created_at=row.created_at,
        expires_at=row.expires_at or row.created_at,
        opened_at=row.opened_at,
        returned_at=row.returned_at,
        returned_status=row.returned_status,
    )


def _identity(row: ProofedIdentity | None) -> IdentityFacts | None:
    if row is None:
        return None
    inactive_at: datetime | None = None
    if row.status != ACTIVE:
        inactive_at = row.inactive_at or row.verified_at
    return IdentityFacts(
        row.proofed_identity_id, row.verified_at, inactive_at, elsewhere=row.from_session is None
    )


def _session(row: Aal2Session | None) -> Aal2SessionFacts | None:
    if row is None:
        return None
    return Aal2SessionFacts(
        id=row.id,
        challenge=row.challenge_id,
        identity_id=row.proofed_identity_id,
        verified_at=row.verified_at,
        used_by=row.used_by,
        used_at=row.used_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )
