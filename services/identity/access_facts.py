"""Reads what the log holds about people's way to their own records, for many people at once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from services.identity.access_state import (
    USED,
    Aal2SessionFacts,
    AccessFacts,
    IdentityFacts,
    LinkFacts,
)
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
"""The status of a proofed identity upstream."""


def facts_of(session: Session, patient_ids: Collection[str]) -> dict[str, AccessFacts]:
    """Each person's facts; a fixed number of statements, however many people."""
    people = {patient_id: _Gathered() for patient_id in patient_ids}
    for identity in _rows(session, ProofedIdentity, patient_ids):
        people[identity.patient_id].identity = identity
    for sent in _rows(session, IdentitySession, patient_ids):
        if sent.session_id and not sent.withdrawn_at:
            people[sent.patient_id].verification = sent
    for challenge in _rows(session, Aal2Challenge, patient_ids):
        stands = challenge.challenge_id and not challenge.withdrawn_at
        if stands and people[challenge.patient_id].is_for_identity(challenge):
            people[challenge.patient_id].challenge = challenge
    for satisfied in _rows(session, Aal2Session, patient_ids):
        if people[satisfied.patient_id].is_for_identity(satisfied):
            people[satisfied.patient_id].sessions.append(satisfied)
    unsent = _unsent_targets(session, patient_ids)
    return {patient_id: gathered.facts(unsent) for patient_id, gathered in people.items()}


def standing_session(rows: Sequence[Aal2Session]) -> Aal2Session | None:
    """The session that says where a person stands, of rows in the order of their verification.

    That is the newest open one, else the newest. Where a query uses a session, the other sessions
    of its challenge do not count: while upstream has not answered, and after it has accepted, no
    second query may try another. Once it refuses the used one, they count again.
    """
    in_use = {row.challenge_id for row in rows if row.end_reason == USED}
    counting = [row for row in rows if row.end_reason == USED or row.challenge_id not in in_use]
    still_open = [row for row in counting if row.ended_at is None]
    newest_last = still_open or counting
    return newest_last[-1] if newest_last else None


def link_of(session: Session, target: str) -> PatientLink | None:
    """The link that leads to an identity session or a challenge."""
    return session.exec(select(PatientLink).where(col(PatientLink.target) == target)).first()


Row = TypeVar("Row", ProofedIdentity, IdentitySession, Aal2Challenge, Aal2Session)

# Ids are no times: a row may be written later than its id was made. They only break ties.
_ORDERS: dict[type, tuple[str, str]] = {
    ProofedIdentity: ("verified_at", "proofed_identity_id"),
    IdentitySession: ("created_at", "id"),
    Aal2Challenge: ("created_at", "id"),
    Aal2Session: ("verified_at", "id"),
}


class _Gathered:
    """One person's rows: the newest of each kind, and every session, oldest first."""

    def __init__(self) -> None:
        self.identity: ProofedIdentity | None = None
        self.verification: IdentitySession | None = None
        self.challenge: Aal2Challenge | None = None
        self.sessions: list[Aal2Session] = []

    def is_for_identity(self, row: Aal2Challenge | Aal2Session) -> bool:
        """Whether a challenge or session belongs to the person's newest identity."""
        return (
            self.identity is not None
            and row.proofed_identity_id == self.identity.proofed_identity_id
        )

    def facts(self, unsent: Collection[str]) -> AccessFacts:
        standing = standing_session(self.sessions)
        return AccessFacts(
            verification=_link(self.verification, unsent),
            identity=_identity(self.identity),
            challenge=_link(self.challenge, unsent),
            session=_session(standing),
            candidates=self._count_candidates(standing),
        )

    def _count_candidates(self, standing: Aal2Session | None) -> int:
        if standing is None or standing.ended_at is not None:
            return 0
        of_challenge = [row for row in self.sessions if row.challenge_id == standing.challenge_id]
        return sum(row.ended_at is None for row in of_challenge)


def _rows(session: Session, table: type[Row], patient_ids: Collection[str]) -> Sequence[Row]:
    """The rows of the people, oldest first."""
    wanted = select(table).where(col(table.patient_id).in_(patient_ids))
    order = [col(getattr(table, name)) for name in _ORDERS[table]]
    return session.exec(wanted.order_by(*order)).all()


def _unsent_targets(session: Session, patient_ids: Collection[str]) -> set[str]:
    """The rows to which links lead that nobody has copied or said to have sent."""
    wanted = select(PatientLink.target).where(col(PatientLink.patient_id).in_(patient_ids))
    return set(session.exec(wanted.where(col(PatientLink.sent_at).is_(None))).all())


def _link(row: IdentitySession | Aal2Challenge | None, unsent: Collection[str]) -> LinkFacts | None:
    if row is None:
        return None
    return LinkFacts(
        target=row.id,
        created_at=row.created_at,
        expires_at=row.expires_at or row.created_at,
        opened_at=row.opened_at,
        returned_at=row.returned_at,
        returned_status=row.returned_status,
        returns=row.returns,
        unsent=row.id in unsent,
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
