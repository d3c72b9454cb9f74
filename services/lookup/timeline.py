"""What happened to a person or a query, in one line of time: from every table that knows a part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from services.errors import NotInLog
from services.lookup.finder import Place, PlaceKind
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)
from services.webhooks.filters import without_bodies

MOST = 200
"""Rows of each table, the newest: a page shows no more."""

Row = TypeVar("Row", bound=SQLModel)


class EntryKind(StrEnum):
    """What an entry is about."""

    IDENTITY = "identity"
    AAL2 = "aal2"
    QUERY = "query"
    RECORDS = "records"
    WEBHOOK = "webhook"
    CALL = "call"
    ACT = "act"


EntryFacts = Mapping[str, str | datetime]


@dataclass(frozen=True)
class TimelineEntry:
    """One moment. `state` is a word that has a look, or empty.

    `place` is the page that tells more, if there is one; otherwise `facts` are all there is to
    tell: ids, times (UTC) and words.
    """

    at: datetime
    sort: EntryKind
    what: str
    state: str = ""
    by: str = ""
    detail: str = ""
    place: Place | None = None
    facts: EntryFacts = field(default_factory=dict)


class Timeline:
    """Reads everything that the log knows of one person or one query, newest first."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def of_patient(self, actor: Actor, patient_id: str) -> list[TimelineEntry]:
        """A person's, for a page that has noted their opening already."""
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        acts = actor.may(Permission.ACCESS_LOG)
        with self._store.read() as session:
            return _newest_first(_of_patient(session, patient_id, acts))

    def of_query(self, actor: Actor, query_id: str) -> list[TimelineEntry]:
        """A query's, for a page that has noted its opening already; raises `NotInLog`."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            return _newest_first(_of_query(session, query, actor.may(Permission.ACCESS_LOG)))


def _newest_first(entries: Iterator[TimelineEntry]) -> list[TimelineEntry]:
    return sorted(entries, key=lambda one: one.at, reverse=True)


def _of_patient(session: Session, patient_id: str, acts: bool) -> Iterator[TimelineEntry]:
    """Acts of the staff are shown to those who may read the access log."""
    tables: list[tuple[type[SQLModel], str, Callable[[Any], Iterator[TimelineEntry]]]] = [
        (IdentitySession, "id", _verification),
        (ProofedIdentity, "verified_at", _identity),
        (Aal2Challenge, "id", _challenge),
        (Aal2Session, "verified_at", _session),
        (RecordRequest, "id", _records),
        (WebhookEvent, "id", _webhook),
        (UpstreamCall, "id", _call),
    ]
    if acts:
        tables.append((AuditEvent, "seq", _act))
    for table, order, entries in tables:
        for row in _rows(session, table, order, patient_id=patient_id):
            yield from entries(row)
    for query in _rows(session, NetworkQuery, "id", patient_id=patient_id):
        yield from _query(query)


def _of_query(session: Session, query: NetworkQuery, acts: bool) -> Iterator[TimelineEntry]:
    yield from _query(query)
    for source in _rows(session, QuerySource, "id", query_id=query.id):
        yield from _source(source)
    for call in _rows(session, UpstreamCall, "id", query_id=query.id):
        yield from _call(call)
    if query.request_id:
        for event in _rows(session, WebhookEvent, "id", request_id=query.request_id):
            yield from _webhook(event)
    if query.aal2_session_id:
        for aal2 in _rows(session, Aal2Session, "id", id=query.aal2_session_id):
            yield from _session(aal2)
    if acts:
        for act in _rows(session, AuditEvent, "seq", object_id=query.id):
            yield from _act(act)


def _rows(session: Session, table: type[Row], order: str, **where: str) -> Sequence[Row]:
    wanted: Any = without_bodies() if table is WebhookEvent else select(table)
    for name, value in where.items():
        wanted = wanted.where(col(getattr(table, name)) == value)
    ordered = wanted.order_by(col(getattr(table, order)).desc())
    rows: Sequence[Row] = session.exec(ordered.limit(MOST)).all()
    return rows


def _known(**facts: str | datetime | None) -> EntryFacts:
    """What there is of it; `a_b` is told as "A b"."""
    return {name.replace("_", " ").capitalize(): value for name, value in facts.items() if value}


def _verification(row: IdentitySession) -> Iterator[TimelineEntry]:
    state, sort = "link_ready" if row.session_id else row.status, EntryKind.IDENTITY
    facts = _link_facts(row, metriport_id=row.session_id, verified=row.verified_at)
    told = row.error_detail or ""
    yield TimelineEntry(
        row.created_at, sort, "Verification link", state, row.created_by, told, None, facts
    )
    yield from _steps(row, sort, "Verification", facts)
    if row.verified_at:
        what, by = "Verification", "Metriport"
        yield TimelineEntry(row.verified_at, sort, what, "completed", by, facts=facts)


def _link_facts(row: IdentitySession | Aal2Challenge, **more: str | datetime | None) -> EntryFacts:
    return _known(
        our_id=row.id,
        sent=row.created_at,
        sent_by=row.created_by,
        opened=row.opened_at,
        returned=row.returned_at,
        status_on_return=row.returned_status,
        link_ends=row.expires_at,
        metriport_says=row.error_detail,
        **more,
    )


def _steps(
    row: IdentitySession | Aal2Challenge, sort: EntryKind, what: str, facts: EntryFacts
) -> Iterator[TimelineEntry]:
    if row.opened_at:
        yield TimelineEntry(row.opened_at, sort, what, "opened", "Patient", facts=facts)
    if row.returned_at:
        told = row.returned_status or ""
        yield TimelineEntry(row.returned_at, sort, what, "returned", "Patient", told, facts=facts)


def _identity(row: ProofedIdentity) -> Iterator[TimelineEntry]:
    what, pid = "Proofed identity", row.proofed_identity_id
    facts = _known(
        proofed_identity=pid,
        verified=row.verified_at,
        refused=row.inactive_at,
        our_verification=row.from_session,
        webhook=row.from_event,
    )
    by = "Metriport"
    yield TimelineEntry(row.verified_at, EntryKind.IDENTITY, what, "verified", by, pid, facts=facts)
    if row.inactive_at:
        yield TimelineEntry(
            row.inactive_at, EntryKind.IDENTITY, what, "inactive", by, pid, facts=facts
        )


def _challenge(row: Aal2Challenge) -> Iterator[TimelineEntry]:
    state, sort = "link_ready" if row.challenge_id else row.status, EntryKind.AAL2
    facts = _link_facts(
        row,
        metriport_id=row.challenge_id,
        method=row.method,
        proofed_identity=row.proofed_identity_id,
    )
    told = row.error_detail or row.method or ""
    yield TimelineEntry(
        row.created_at, sort, "Challenge link", state, row.created_by, told, None, facts
    )
    yield from _steps(row, sort, "Challenge", facts)


def _session(row: Aal2Session) -> Iterator[TimelineEntry]:
    facts = _known(
        our_id=row.id,
        challenge=row.challenge_id,
        satisfied=row.verified_at,
        ended=row.ended_at,
        ended_because=row.end_reason,
        used_by_query=row.used_by,
    )
    what, by = "AAL2 session", "Metriport"
    yield TimelineEntry(row.verified_at, EntryKind.AAL2, what, "active", by, facts=facts)
    if row.ended_at:
        state = "expired" if row.end_reason == "refused" else row.end_reason or ""
        place = Place(PlaceKind.QUERY, row.used_by) if row.used_by else None
        told = "refused by Metriport" if row.end_reason == "refused" else ""
        yield TimelineEntry(row.ended_at, EntryKind.AAL2, what, state, "", told, place, facts)


def _query(row: NetworkQuery) -> Iterator[TimelineEntry]:
    place, what = Place(PlaceKind.QUERY, row.id), f"{row.purpose} query"
    by = row.started_by or "elsewhere"
    told = row.reason or ""
    yield TimelineEntry(row.submitted_at, EntryKind.QUERY, what, "submitting", by, told, place)
    if row.finished_at:
        detail = row.error_detail or ""
        yield TimelineEntry(
            row.finished_at, EntryKind.QUERY, what, row.status, "Metriport", detail, place
        )


def _source(row: QuerySource) -> Iterator[TimelineEntry]:
    what, sort, by = f"Source {row.type}", EntryKind.QUERY, "Metriport"
    facts = _known(
        source=row.type,
        provider=row.specific_source,
        attempt=str(row.attempt),
        started=row.started_at,
        first_data=row.first_data_at,
        ended=row.completed_at,
        source_says=row.error_message,
    )
    if row.started_at:
        yield TimelineEntry(row.started_at, sort, what, "processing", by, facts=facts)
    if row.completed_at:
        detail = row.error_message or row.specific_source or ""
        yield TimelineEntry(row.completed_at, sort, what, row.status, by, detail, facts=facts)


def _records(row: RecordRequest) -> Iterator[TimelineEntry]:
    by, sort, counts = row.started_by or "", EntryKind.RECORDS, row.resource_counts or {}
    facts = _known(
        our_id=row.id,
        metriport_id=row.request_id,
        asked=row.submitted_at,
        asked_by=row.started_by,
        finished=row.finished_at,
        resources=", ".join(f"{kind} {n:,}" for kind, n in counts.items()),
        metriport_says=row.error_detail,
    )
    told = row.error_detail or ""
    yield TimelineEntry(row.submitted_at, sort, "Records", row.status, by, told, facts=facts)
    if row.counted_at:
        total = f"{sum(counts.values()):,} resources"
        yield TimelineEntry(
            row.counted_at, sort, "Records counted", "", "Metriport", total, facts=facts
        )


def _webhook(row: WebhookEvent) -> Iterator[TimelineEntry]:
    detail = row.error or (f"{row.replays} replays" if row.replays else "")
    place = Place(PlaceKind.WEBHOOK, row.id)
    what = row.type or "message"
    yield TimelineEntry(
        row.received_at, EntryKind.WEBHOOK, what, row.status, "Metriport", detail, place
    )


def _call(row: UpstreamCall) -> Iterator[TimelineEntry]:
    outcome = str(row.status or row.error_kind or "no answer")
    detail = " · ".join(part for part in (outcome, row.error_detail) if part)
    what = f"{row.method} {row.path}"
    state = "failed" if row.error_kind else "completed"
    yield TimelineEntry(
        row.at, EntryKind.CALL, what, state, "", detail, Place(PlaceKind.CALL, row.id)
    )


def _act(row: AuditEvent) -> Iterator[TimelineEntry]:
    facts = _known(
        number=str(row.seq),
        by=f"{row.actor} ({row.role})",
        outcome=row.outcome,
        about=f"{row.object_kind} {row.object_id}" if row.object_kind else None,
        details=" · ".join(f"{name} {value}" for name, value in (row.details or {}).items()),
    )
    by = f"{row.actor} ({row.role})"
    yield TimelineEntry(row.at, EntryKind.ACT, row.action, "", by, row.outcome, facts=facts)
