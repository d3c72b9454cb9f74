"""Makes the rows of which the demo scenarios consist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import SQLModel

from services.identity.access_facts import ACTIVE
from services.identity.access_state import USED
from services.identity.returns import VERIFIED
from services.ids import new_id
from services.queries.requests import REASONS, TREATMENT
from services.queries.status import NOT_STARTED, REJECTED, UNCONFIRMED
from services.queries.updates import DASHBOARD
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
)

STAFF = SANDBOX_STAFF[Role.SUPPORT]
# How long a challenge link lasts.
_SHORT = timedelta(minutes=15)


class ScenarioPerson(Protocol):
    """A person of the sandbox."""

    @property
    def patient(self) -> dict[str, Any]: ...
    @property
    def scenario(self) -> str | None: ...
    @property
    def proofed_identity_id(self) -> str | None: ...


@dataclass(frozen=True)
class ScenarioWriter:
    """Makes the rows of one person. Times are given in minutes before `now`.

    `now` is the first start (aware UTC).
    """

    person: ScenarioPerson
    now: datetime

    @property
    def patient_id(self) -> str:
        """The person's id."""
        return str(self.person.patient["id"])

    def at(self, minutes: float) -> datetime:
        """The time so many minutes before the first start."""
        return self.now - timedelta(minutes=minutes)

    def verification(self, sent: float, lasts: timedelta, **moments: Any) -> IdentitySession:
        """A verification link, sent `sent` minutes ago."""
        created_at = self.at(sent)
        row_id = new_id(created_at)
        return IdentitySession(
            id=row_id,
            session_id=f"ids_{row_id}",
            patient_id=self.patient_id,
            status="pending",
            created_by_id=STAFF.id,
            created_by=STAFF.name,
            created_at=created_at,
            expires_at=created_at + lasts,
            **moments,
        )

    def identity(self, verified: float) -> ProofedIdentity:
        """The proofed identity of the person."""
        return ProofedIdentity(
            proofed_identity_id=self.person.proofed_identity_id or "",
            patient_id=self.patient_id,
            status=ACTIVE,
            verified_at=self.at(verified),
        )

    def challenge(self, sent: float, lasts: timedelta = _SHORT, **moments: Any) -> Aal2Challenge:
        """A challenge link, sent `sent` minutes ago."""
        created_at = self.at(sent)
        row_id = new_id(created_at)
        return Aal2Challenge(
            id=row_id,
            challenge_id=f"aalc_{row_id}",
            patient_id=self.patient_id,
            proofed_identity_id=self.person.proofed_identity_id or "",
            method="totp",
            status="pending",
            created_by_id=STAFF.id,
            created_by=STAFF.name,
            created_at=created_at,
            expires_at=created_at + lasts,
            **moments,
        )

    def session(self, challenge: Aal2Challenge, **end: Any) -> Aal2Session:
        """The AAL2 session of a satisfied challenge."""
        row_id = new_id(challenge.created_at)
        return Aal2Session(
            id=row_id,
            challenge_id=challenge.id,
            patient_id=self.patient_id,
            proofed_identity_id=challenge.proofed_identity_id,
            fingerprint=row_id,
            verified_at=challenge.created_at + timedelta(minutes=3),
            **end,
        )

    def query(self, status: str, submitted: float, purpose: str, **more: Any) -> NetworkQuery:
        """A network query with this status; `more` replaces single columns."""
        submitted_at = self.at(submitted)
        took = timedelta(seconds=1 if status in (REJECTED, NOT_STARTED) else 40)
        ended_at = None if status == UNCONFIRMED else submitted_at + took
        values: dict[str, Any] = {
            "id": new_id(submitted_at),
            "patient_id": self.patient_id,
            "facility_id": self.person.patient["facilityIds"][0],
            "purpose": purpose,
            "origin": DASHBOARD,
            "status": status,
            "requested": "hie lab",
            "started_by_id": STAFF.id,
            "started_by": STAFF.name,
            "reason": REASONS[1] if purpose == TREATMENT else None,
            "submitted_at": submitted_at,
            "finished_at": ended_at,
            "checks": 1,
        }
        return NetworkQuery(**values | more)

    def sources(self, query: NetworkQuery, **status: str) -> Iterator[QuerySource]:
        """The sources of a query, each with its status."""
        for kind, word in status.items():
            asked = word != NOT_STARTED
            yield QuerySource(
                query_id=query.id,
                type=kind,
                status=word,
                started_at=query.submitted_at if asked else None,
                completed_at=query.finished_at if asked else None,
            )

    def individual_access(
        self, minutes: float, query: NetworkQuery | None = None, ended: str = USED
    ) -> Iterator[SQLModel]:
        """The identity, a satisfied challenge, its used AAL2 session, and the `query` that used it.

        Each row comes after the rows that it refers to.
        """
        sent = self.challenge(minutes + 5, returned_at=self.at(minutes + 2))
        sent.opened_at, sent.returned_status = self.at(minutes + 4), VERIFIED
        session = self.session(sent, end_reason=ended, ended_at=self.at(minutes))
        session.used_at = self.at(minutes)
        yield self.identity(minutes + 60)
        yield sent
        if query is not None:
            session.used_by, query.aal2_session_id = query.id, session.id
            query.proofed_identity_id = sent.proofed_identity_id
            yield query
        yield session
