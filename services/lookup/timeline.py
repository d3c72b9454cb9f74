"""The timeline of a person or a query: what happened, newest first, read from many tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from services.errors import NotInLog
from services.lookup.entries import EntryKind, TimelineEntry, name_facts
from services.lookup.identity_entries import (
    entries_of_aal2_session,
    entries_of_challenge,
    entries_of_identity,
    entries_of_verification,
)
from services.lookup.message_entries import entries_of_act, entries_of_call, entries_of_webhook
from services.lookup.query_entries import entries_of_query, entries_of_records, entries_of_source
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
"""So many of the newest rows of each table are read: a page cannot show more."""


@dataclass(frozen=True)
class _Part:
    """A table whose rows become entries by the function `entries`.

    Its newest rows are the last ones by the columns `order`. `at` is the column with the time of a
    row's first entry.
    """

    table: type[SQLModel]
    kind: EntryKind
    entries: Callable[[Any], Iterator[TimelineEntry]]
    at: str
    order: tuple[str, ...]


def _part(
    table: type[SQLModel],
    kind: EntryKind,
    entries: Callable[[Any], Iterator[TimelineEntry]],
    at: str,
) -> _Part:
    """A part in the order of time, and of the primary key for rows with the same time."""
    (key,) = table.__table__.primary_key.columns.keys()  # type: ignore[attr-defined]
    return _Part(table, kind, entries, at, (at, key))


_QUERIES = _part(NetworkQuery, EntryKind.QUERY, entries_of_query, "submitted_at")
_CALLS = _part(UpstreamCall, EntryKind.CALL, entries_of_call, "at")
_WEBHOOKS = _part(WebhookEvent, EntryKind.WEBHOOK, entries_of_webhook, "received_at")
_AAL2_SESSIONS = _part(Aal2Session, EntryKind.AAL2, entries_of_aal2_session, "verified_at")
# Ordered by id, since the time at which a source began may be unknown.
_SOURCES = _Part(QuerySource, EntryKind.QUERY, entries_of_source, "started_at", ("id",))
# The access log is numbered as it is written, so its own number is its order.
_ACTS = _Part(AuditEvent, EntryKind.ACT, entries_of_act, "at", ("seq",))
_OF_PATIENT = (
    _part(IdentitySession, EntryKind.IDENTITY, entries_of_verification, "created_at"),
    _part(ProofedIdentity, EntryKind.IDENTITY, entries_of_identity, "verified_at"),
    _part(Aal2Challenge, EntryKind.AAL2, entries_of_challenge, "created_at"),
    _AAL2_SESSIONS,
    _part(RecordRequest, EntryKind.RECORDS, entries_of_records, "submitted_at"),
    _WEBHOOKS,
    _CALLS,
    _QUERIES,
)


class Timeline:
    """Reads the timeline of a person or a query; changes nothing."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def of_patient(self, actor: Actor, patient_id: str) -> list[TimelineEntry]:
        """A person's timeline, with the acts of the staff if `actor` may see the access log.

        Writes no audit event: the page has noted that the person was opened. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        parts = _OF_PATIENT + ((_ACTS,) if actor.may(Permission.ACCESS_LOG) else ())
        entries: list[TimelineEntry] = []
        with self._store.read() as session:
            for part in parts:
                entries += _read(session, part, patient_id=patient_id)
        return _sort(entries)

    def of_query(self, actor: Actor, query_id: str) -> list[TimelineEntry]:
        """A query's timeline, with the acts of the staff if `actor` may see the access log.

        Writes no audit event: the page has noted that the query was opened. Raises `NotPermitted`
        and `NotInLog`.
        """
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            entries = _read_query(session, query)
            if actor.may(Permission.ACCESS_LOG):
                entries += _read(session, _ACTS, object_id=query.id)
        return _sort(entries)


def _read_query(session: Session, query: NetworkQuery) -> list[TimelineEntry]:
    entries = _entries_of(_QUERIES, query)
    entries += _read(session, _SOURCES, query_id=query.id)
    entries += _read(session, _CALLS, query_id=query.id)
    if query.request_id:
        entries += _read(session, _WEBHOOKS, request_id=query.request_id)
    if query.aal2_session_id:
        entries += _read(session, _AAL2_SESSIONS, id=query.aal2_session_id)
    return entries


def _read(session: Session, part: _Part, **where: str) -> list[TimelineEntry]:
    """The entries of the newest rows of a table whose columns have the given values."""
    return [entry for row in _rows(session, part, where) for entry in _entries_of(part, row)]


def _rows(session: Session, part: _Part, where: dict[str, str]) -> Sequence[SQLModel]:
    # An index finds the rows of one person or query, and only these few are sorted.
    wanted: Any = without_bodies() if part.table is WebhookEvent else select(part.table)
    for name, value in where.items():
        wanted = wanted.where(col(getattr(part.table, name)) == value)
    newest = wanted.order_by(*(col(getattr(part.table, name)).desc() for name in part.order))
    rows: Sequence[SQLModel] = session.exec(newest.limit(MOST)).all()
    return rows


def _entries_of(part: _Part, row: Any) -> list[TimelineEntry]:
    try:
        return list(part.entries(row))
    except Exception as error:
        # One row that cannot be read must not hide the others: it is shown as unreadable.
        return _describe_unreadable(part, row, error)


def _describe_unreadable(part: _Part, row: Any, error: Exception) -> list[TimelineEntry]:
    at: datetime | None = getattr(row, part.at)
    if at is None:
        return []
    why = type(error).__name__
    what = f"Row of {part.table.__tablename__} that cannot be read"
    facts = name_facts(key=str(getattr(row, part.order[-1])), error=why)
    return [TimelineEntry(at, part.kind, what, "failed", detail=why, facts=facts)]


def _sort(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """Newest first; entries of one moment stay in the order in which they were read."""
    return sorted(entries, key=lambda entry: entry.at, reverse=True)
