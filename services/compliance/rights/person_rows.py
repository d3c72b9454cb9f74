"""Where the log has rows about a person: each table, how they are found, and what is left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, inspect
from sqlmodel import Session, SQLModel, col, func, or_, select

from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Assessment,
    BulkItem,
    Consent,
    ConsentText,
    Finding,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    PersonOfTest,
    PersonSteps,
    ProofedDemographics,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    ReviewDecision,
    ReviewItem,
    StartCheck,
    UpstreamCall,
    WebhookEvent,
)

_SECRET = frozenset(
    {"body", "secret", "fingerprint", "token_hash", "url", "hash", "revoke_hash", "note"}
)
"""Credentials, what tells whether one is right, and notes of reviewers."""

_OF_STAFF = ("by_id", "actor_id", "reviewer_id", "assigned_id", "owner_id")
"""How the columns end that tell one member of the staff from all others: their names are enough."""


@dataclass(frozen=True)
class PersonTable:
    """A table with rows about people.

    `title` is what its rows are called. `of` answers which are a person's. `at` is the column by
    which they age, None where they go with rows of another table.
    """

    table: type[SQLModel]
    title: str
    of: Callable[[str], ColumnElement[bool]]
    at: Any = None

    @property
    def name(self) -> str:
        """The name of the table."""
        return str(self.table.__tablename__)

    def count(self, session: Session, patient_id: str) -> int:
        """How many rows are the person's."""
        wanted = select(func.count()).select_from(self.table).where(self.of(patient_id))
        return session.exec(wanted).one()

    def read(self, session: Session, patient_id: str) -> Iterator[dict[str, Any]]:
        """The person's rows, the oldest first, without secrets and without ids of the staff."""
        # Only these columns are read: a secret does not leave the database.
        columns = [getattr(self.table, name) for name in _told(self.table)]
        order = [self.at] if self.at is not None else []
        order += list(inspect(self.table).primary_key)
        found = session.connection().execute(
            select(*columns).where(self.of(patient_id)).order_by(*order)
        )
        return (dict(row) for row in found.mappings())


def _told(table: type[SQLModel]) -> list[str]:
    names = [column.key for column in inspect(table).column_attrs]
    return [name for name in names if name not in _SECRET and not name.endswith(_OF_STAFF)]


def _by_person(table: type[SQLModel], title: str, at: Any) -> PersonTable:
    column = col(table.patient_id)  # type: ignore[attr-defined]
    return PersonTable(table, title, lambda person: column == person, at)


def _queries(person: str) -> Any:
    return select(NetworkQuery.id).where(col(NetworkQuery.patient_id) == person)


def _subjects(person: str) -> Any:
    return select(Assessment.subject).where(col(Assessment.patient_id) == person)


def _items(person: str) -> Any:
    return select(ReviewItem.id).where(col(ReviewItem.subject).in_(_subjects(person)))


def messages_of(person: str) -> ColumnElement[bool]:
    """Messages that name the person, or are about a query or a request of theirs."""
    queries = select(NetworkQuery.request_id).where(
        col(NetworkQuery.patient_id) == person, col(NetworkQuery.request_id).is_not(None)
    )
    requests = select(RecordRequest.request_id).where(
        col(RecordRequest.patient_id) == person, col(RecordRequest.request_id).is_not(None)
    )
    asked = col(WebhookEvent.request_id)
    return or_(col(WebhookEvent.patient_id) == person, asked.in_(queries), asked.in_(requests))


def identities_of(person: str) -> Any:
    """The ids of the person's proofed identities."""
    return select(ProofedIdentity.proofed_identity_id).where(
        col(ProofedIdentity.patient_id) == person
    )


PERSON_TABLES: Sequence[PersonTable] = (
    _by_person(Consent, "Consents", col(Consent.given_at)),
    PersonTable(
        ConsentText,
        "Texts of the consents",
        lambda person: col(ConsentText.text_hash).in_(
            select(Consent.text_hash).where(col(Consent.patient_id) == person)
        ),
    ),
    _by_person(IdentitySession, "Verifications of identity", col(IdentitySession.created_at)),
    _by_person(ProofedIdentity, "Proofed identities", col(ProofedIdentity.verified_at)),
    PersonTable(
        ProofedDemographics,
        "Fields of which a hash was kept at the proofing",
        lambda person: col(ProofedDemographics.proofed_identity_id).in_(identities_of(person)),
    ),
    _by_person(Aal2Challenge, "Multifactor challenges", col(Aal2Challenge.created_at)),
    _by_person(Aal2Session, "Satisfied challenges", col(Aal2Session.verified_at)),
    _by_person(PatientLink, "Links that were made", col(PatientLink.created_at)),
    _by_person(NetworkQuery, "Network queries", col(NetworkQuery.submitted_at)),
    PersonTable(
        QuerySource,
        "Sources of the queries",
        lambda person: col(QuerySource.query_id).in_(_queries(person)),
    ),
    PersonTable(
        StartCheck,
        "What was known as a query started",
        lambda person: col(StartCheck.query_id).in_(_queries(person)),
    ),
    _by_person(BulkItem, "Places in lists of starts", None),
    _by_person(RecordRequest, "Requests for records", col(RecordRequest.submitted_at)),
    _by_person(RecordLook, "Looks at fetched records", col(RecordLook.at)),
    PersonTable(
        WebhookEvent, "Messages from Metriport", messages_of, col(WebhookEvent.received_at)
    ),
    _by_person(UpstreamCall, "Calls to Metriport", col(UpstreamCall.at)),
    _by_person(PersonSteps, "How far the person is, as charts count it", None),
    _by_person(PersonOfTest, "Mark of a person of a test", None),
    _by_person(Assessment, "What the rules say", col(Assessment.at)),
    PersonTable(Finding, "Findings", lambda person: col(Finding.subject).in_(_subjects(person))),
    PersonTable(
        ReviewItem, "Reviews", lambda person: col(ReviewItem.subject).in_(_subjects(person))
    ),
    PersonTable(
        ReviewDecision,
        "Decisions of reviewers",
        lambda person: col(ReviewDecision.item_id).in_(_items(person)),
    ),
)
"""Every table with rows about people, but the access log and the legal holds."""
