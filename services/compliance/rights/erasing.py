"""What of a person is erased when they ask for it, and what is kept until when.

Erased is what is not needed to prove that a use of their data was allowed: what they could be
recognised by, and what is as good as a key. Ids, times, consents and the access log stay for
`RETENTION_LOG` (45 CFR 164.316(b)(2)(i)); the purge deletes them then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, SQLModel, col, delete, func, or_, select, update

from services.compliance.retention.due import RECEIVED
from services.compliance.retention.holds import Held
from services.compliance.rights.person_rows import PERSON_TABLES, identities_of, messages_of
from services.store.tables import (
    Aal2Session,
    AuditEvent,
    AuditSubject,
    Consent,
    PatientLink,
    ProofedDemographics,
    ProofedIdentity,
    WebhookEvent,
)

ERASED = "erased"
"""Why an AAL2 session ended."""


@dataclass(frozen=True)
class Target:
    """Something that is erased: which rows of a person have it, and when they are from.

    `changes` empties columns; without any, the rows are deleted. `patient` is the person's column.
    """

    name: str
    table: type[SQLModel]
    patient: Any
    at: Any
    changes: tuple[str, ...] = ()

    def of(self, patient_id: str) -> ColumnElement[bool]:
        """Which rows have something to erase."""
        return _OF[self.name](patient_id)


BODIES, LINKS = "webhook_event.body", "patient_link.url"
SESSIONS, HASHES = "aal2_session.secret", "proofed_demographics"

TARGETS: Sequence[Target] = (
    Target(
        BODIES, WebhookEvent, col(WebhookEvent.patient_id), col(WebhookEvent.received_at), ("body",)
    ),
    Target(LINKS, PatientLink, col(PatientLink.patient_id), col(PatientLink.created_at), ("url",)),
    Target(
        SESSIONS,
        Aal2Session,
        col(Aal2Session.patient_id),
        col(Aal2Session.verified_at),
        ("secret",),
    ),
    Target(HASHES, ProofedDemographics, None, col(ProofedDemographics.captured_at)),
)
"""All that is erased, by the names of the table of what is kept how long."""

_OF: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    BODIES: lambda person: and_(
        messages_of(person),
        col(WebhookEvent.body).is_not(None),
        # It is interpreted within seconds, and what it says would be lost.
        col(WebhookEvent.status) != RECEIVED,
    ),
    LINKS: lambda person: and_(
        col(PatientLink.patient_id) == person, col(PatientLink.url).is_not(None)
    ),
    SESSIONS: lambda person: and_(
        col(Aal2Session.patient_id) == person, col(Aal2Session.secret).is_not(None)
    ),
    HASHES: lambda person: col(ProofedDemographics.proofed_identity_id).in_(identities_of(person)),
}


@dataclass(frozen=True)
class KeptRows:
    """What stays of a person: how many rows of a kind, and until when (UTC).

    `until` is when the last of them is old enough, None for what is kept while it is in force.
    """

    title: str
    rows: int
    until: datetime | None


def count_erasable(session: Session, patient_id: str) -> dict[str, int]:
    """How much there is to erase, by name."""
    found = {}
    for target in TARGETS:
        wanted = select(func.count()).select_from(target.table).where(target.of(patient_id))
        found[target.name] = session.exec(wanted).one()
    return found


def is_held(session: Session, patient_id: str, held: Held) -> bool:
    """Whether a hold covers the person, or something of theirs that would be erased."""
    if patient_id in held.people or any(person == patient_id for person, _ in held.of_person):
        return True
    return any(_has_held(session, target, patient_id, held) for target in TARGETS)


def _has_held(session: Session, target: Target, patient_id: str, held: Held) -> bool:
    covered = held.covers(target.patient, target.at)
    wanted = select(func.count()).select_from(target.table).where(target.of(patient_id), covered)
    return session.exec(wanted).one() > 0


def erase_rows(session: Session, patient_id: str, now: datetime) -> dict[str, int]:
    """Erase it inside the caller's transaction; answers how much of what, by name."""
    _end_what_needs_it(session, patient_id, now)
    erased = {}
    for target in TARGETS:
        chosen = target.of(patient_id)
        change: Any = (
            update(target.table).where(chosen).values(dict.fromkeys(target.changes))
            if target.changes
            else delete(target.table).where(chosen)
        )
        options = {"synchronize_session": False}
        erased[target.name] = int(session.exec(change, execution_options=options).rowcount)
    return erased


def _end_what_needs_it(session: Session, patient_id: str, now: datetime) -> None:
    """A link without its address and a session without its secret are over; nothing is captured."""
    for change in (
        update(PatientLink)
        .where(_OF[LINKS](patient_id), col(PatientLink.revoked_at).is_(None))
        .where(col(PatientLink.continued_at).is_(None))
        .values(revoked_at=now),
        update(Aal2Session)
        .where(_OF[SESSIONS](patient_id), col(Aal2Session.ended_at).is_(None))
        .values(ended_at=now, end_reason=ERASED),
        update(ProofedIdentity)
        .where(col(ProofedIdentity.patient_id) == patient_id)
        .where(col(ProofedIdentity.capture_at).is_not(None))
        .values(capture_at=None),
    ):
        session.exec(change, execution_options={"synchronize_session": False})


def read_kept(
    session: Session, patient_id: str, retention: timedelta, now: datetime
) -> Iterator[KeptRows]:
    """What stays of the person, kind by kind; what goes with rows of another kind is not named."""
    for part in PERSON_TABLES:
        if part.at is None or not (number := part.count(session, patient_id)):
            continue
        newest = session.exec(select(func.max(part.at)).where(part.of(patient_id))).one()
        if part.table is Consent and _is_in_force(session, patient_id, now):
            yield KeptRows(part.title, number, None)
        else:
            yield KeptRows(part.title, number, newest + retention)
    about = select(func.count(), func.max(AuditEvent.at)).select_from(AuditSubject)
    about = about.join(AuditEvent, col(AuditEvent.seq) == col(AuditSubject.seq))
    events, newest = session.exec(about.where(col(AuditSubject.patient_id) == patient_id)).one()
    if events:
        yield KeptRows("Events of the access log", events, newest + retention)


def _is_in_force(session: Session, patient_id: str, now: datetime) -> bool:
    open_end = or_(col(Consent.ends_at).is_(None), col(Consent.ends_at) > now)
    wanted = select(Consent.id).where(
        col(Consent.patient_id) == patient_id, col(Consent.revoked_at).is_(None), open_end
    )
    return session.exec(wanted.limit(1)).first() is not None
