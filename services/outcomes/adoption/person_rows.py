"""Reads what the log holds about people's way to their records, as plain values.

A fixed number of statements for however many people, each by an index of the person's id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from services.identity.access_facts import AAL2, IDENTITY
from services.queries.status import COMPLETED
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    Consent,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    PersonOfTest,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
)

_MOST_IDS = 300


@dataclass(frozen=True)
class LinkRow:
    """A link to a hosted page. `opened_at` is the first sign of anybody on the way through it."""

    id: str
    kind: str
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    withdrawn: bool
    method: str | None = None


@dataclass(frozen=True)
class SatisfiedRow:
    """An AAL2 session that a return from a challenge brought."""

    id: str
    challenge_id: str
    at: datetime
    used_by: str | None
    end_reason: str | None


@dataclass(frozen=True)
class QueryRow:
    """A network query. `completed_at` is when the first of its sources did; None for none."""

    id: str
    purpose: str
    origin: str
    facility_id: str | None
    status: str
    submitted_at: datetime
    finished_at: datetime | None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class CountRow:
    """A fetch of the consolidated data that was counted to so many resources."""

    submitted_at: datetime
    counted_at: datetime
    resources: int


@dataclass
class PersonRows:
    """One person's rows; those of each kind in the order of their times."""

    links: list[LinkRow] = field(default_factory=list)
    verified_at: list[datetime] = field(default_factory=list)
    consents_at: list[datetime] = field(default_factory=list)
    satisfied: list[SatisfiedRow] = field(default_factory=list)
    queries: list[QueryRow] = field(default_factory=list)
    counts: list[CountRow] = field(default_factory=list)
    test: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the log holds nothing about the person that anything is counted by."""
        return not (
            self.links
            or self.verified_at
            or self.consents_at
            or self.satisfied
            or self.queries
            or self.counts
        )


def read_people(connection: Connection, patient_ids: Sequence[str]) -> dict[str, PersonRows]:
    """The rows of each of the people; without any, an empty entry."""
    people: dict[str, PersonRows] = {}
    for start in range(0, len(patient_ids), _MOST_IDS):
        people |= _read_some(connection, patient_ids[start : start + _MOST_IDS])
    return people


def _read_some(connection: Connection, patient_ids: Sequence[str]) -> dict[str, PersonRows]:
    people = {patient_id: PersonRows() for patient_id in patient_ids}
    for patient_id, link in _links(connection, patient_ids):
        people[patient_id].links.append(link)
    for patient_id, at in _verified(connection, patient_ids):
        people[patient_id].verified_at.append(at)
    for patient_id, at in _consents(connection, patient_ids):
        people[patient_id].consents_at.append(at)
    for patient_id, satisfied in _satisfied(connection, patient_ids):
        people[patient_id].satisfied.append(satisfied)
    for patient_id, query in _queries(connection, patient_ids):
        people[patient_id].queries.append(query)
    for patient_id, count in _counts(connection, patient_ids):
        people[patient_id].counts.append(count)
    for patient_id in _tests(connection, patient_ids):
        people[patient_id].test = True
    for person in people.values():
        person.links.sort(key=lambda link: (link.made_at, link.id))
        person.verified_at.sort()
    return people


def _columns(table: Any) -> Any:
    return table.__table__.c


def _links(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, LinkRow]]:
    opened = _looked_at(connection, ids)
    for kind, table, upstream_id in (
        (IDENTITY, IdentitySession, "session_id"),
        (AAL2, Aal2Challenge, "challenge_id"),
    ):
        row = _columns(table)
        method = row.method if kind == AAL2 else sa.null()
        wanted = sa.select(
            row.patient_id, row.id, row.created_at, row.expires_at, row.withdrawn_at, method,
            row.opened_at, row.returned_at, row.verified_at if kind == IDENTITY else sa.null(),
        ).where(row.patient_id.in_(ids), row[upstream_id].is_not(None))  # fmt: skip
        for (
            patient_id,
            own_id,
            made_at,
            expires_at,
            withdrawn_at,
            how,
            *signs,
        ) in connection.execute(wanted):
            # A verification proves the opening, of which the log may have missed the moment.
            seen = [at for at in (*signs, opened.get(own_id)) if at is not None]
            yield (
                patient_id,
                LinkRow(
                    own_id, kind, made_at, expires_at or made_at, min(seen, default=None),
                    withdrawn_at is not None, how,
                ),
            )  # fmt: skip


def _looked_at(connection: Connection, ids: Sequence[str]) -> dict[str, datetime]:
    """When the page of each link was first looked at, by the id of where the link leads."""
    link = _columns(PatientLink)
    wanted = sa.select(link.target, link.opened_at).where(
        link.patient_id.in_(ids), link.opened_at.is_not(None)
    )
    return dict(connection.execute(wanted).all())


def _verified(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, datetime]]:
    identity, asked = _columns(ProofedIdentity), _columns(IdentitySession)
    wanted = sa.select(identity.patient_id, identity.verified_at).where(
        identity.patient_id.in_(ids)
    )
    yield from _pairs(connection, wanted)
    yield from _pairs(
        connection,
        sa.select(asked.patient_id, asked.verified_at).where(
            asked.patient_id.in_(ids), asked.verified_at.is_not(None)
        ),
    )


def _consents(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, datetime]]:
    row = _columns(Consent)
    wanted = sa.select(row.patient_id, row.given_at).where(
        row.patient_id.in_(ids),
        # What was withdrawn before it began never counted.
        row.revoked_at.is_(None) | (row.revoked_at > row.given_at),
    )
    yield from _pairs(connection, wanted.order_by(row.given_at))


def _satisfied(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, SatisfiedRow]]:
    row = _columns(Aal2Session)
    wanted = sa.select(
        row.patient_id, row.id, row.challenge_id, row.verified_at, row.used_by, row.end_reason
    ).where(row.patient_id.in_(ids))
    for patient_id, *values in connection.execute(wanted.order_by(row.verified_at, row.id)):
        yield patient_id, SatisfiedRow(*values)


def _queries(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, QueryRow]]:
    row = _columns(NetworkQuery)
    completed = _completions(connection, ids)
    wanted = sa.select(
        row.patient_id, row.id, row.purpose, row.origin, row.facility_id, row.status,
        row.submitted_at, row.finished_at,
    ).where(row.patient_id.in_(ids))  # fmt: skip
    for patient_id, *values in connection.execute(wanted.order_by(row.submitted_at, row.id)):
        query = QueryRow(*values)
        if query.id in completed:
            # Upstream may name no time; the query's own end is the next best, then its beginning.
            at = completed[query.id] or query.finished_at or query.submitted_at
            query = replace(query, completed_at=at)
        yield patient_id, query


def _completions(connection: Connection, ids: Sequence[str]) -> dict[str, datetime | None]:
    """The first time at which a source of a query completed, for queries of which one did."""
    query, source = _columns(NetworkQuery), _columns(QuerySource)
    wanted = (
        sa.select(source.query_id, sa.func.min(source.completed_at))
        .join_from(NetworkQuery, QuerySource, source.query_id == query.id)
        .where(query.patient_id.in_(ids), source.status == COMPLETED)
        .group_by(source.query_id)
    )
    return dict(connection.execute(wanted).all())


def _counts(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, CountRow]]:
    row = _columns(RecordRequest)
    wanted = sa.select(row.patient_id, row.submitted_at, row.counted_at, row.resource_counts).where(
        row.patient_id.in_(ids), row.counted_at.is_not(None)
    )
    ordered = wanted.order_by(row.submitted_at, row.id)
    for patient_id, submitted_at, counted_at, counts in connection.execute(ordered):
        if counts is not None:
            yield patient_id, CountRow(submitted_at, counted_at, sum(counts.values()))


def _tests(connection: Connection, ids: Sequence[str]) -> Iterator[str]:
    row = _columns(PersonOfTest)
    wanted = sa.select(row.patient_id).where(row.patient_id.in_(ids))
    yield from connection.execute(wanted).scalars()


def _pairs(connection: Connection, wanted: Any) -> Iterator[tuple[str, datetime]]:
    yield from connection.execute(wanted)
