"""The timeline of a person or a query: what happened, newest first, read from many tables."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from services.clock import Clock
from services.errors import NotInLog
from services.lookup.consent_entries import entries_of_consent
from services.lookup.entries import EntryKind, TimelineEntry, name_facts
from services.lookup.identity_entries import (
    entries_of_aal2_session,
    entries_of_challenge,
    entries_of_identity,
    entries_of_verification,
)
from services.lookup.link_entries import entries_of_link
from services.lookup.message_entries import entries_of_act, entries_of_call, entries_of_webhook
from services.lookup.query_entries import (
    entries_of_look,
    entries_of_query,
    entries_of_records,
    entries_of_source,
)
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    Consent,
    IdentitySession,
    NetworkQuery,
    PatientLink,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    UpstreamCall,
    WebhookEvent,
)
from services.webhooks.filters import without_bodies

MOST = 200
"""So many of the newest rows of each table are read, unless the caller asks for another number."""

Entries = Callable[[Any, datetime], Iterator[TimelineEntry]]
"""The entries of one row, as far as they have happened at the time now (UTC)."""


@dataclass(frozen=True)
class _Part:
    """A table whose rows become entries by the function `entries`.

    Its newest rows are the last ones by the columns `order`. `at` is the column with the time of a
    row's first entry.
    """

    table: type[SQLModel]
    kind: EntryKind
    entries: Entries
    at: str
    order: tuple[str, ...]


def _part(table: type[SQLModel], kind: EntryKind, entries: Entries, at: str) -> _Part:
    """A part in the order of time, and of the primary key for rows with the same time."""
    (key,) = table.__table__.primary_key.columns.keys()  # type: ignore[attr-defined]
    return _Part(table, kind, entries, at, (at, key))


_QUERIES = _part(NetworkQuery, EntryKind.QUERY, entries_of_query, "submitted_at")
_CALLS = _part(UpstreamCall, EntryKind.CALL, entries_of_call, "at")
_WEBHOOKS = _part(WebhookEvent, EntryKind.WEBHOOK, entries_of_webhook, "received_at")
# A link is of either kind, and tells its own; it is read with the verifications and the challenges.
_LINKS = _part(PatientLink, EntryKind.IDENTITY, entries_of_link, "created_at")
_AAL2_SESSIONS = _part(Aal2Session, EntryKind.AAL2, entries_of_aal2_session, "verified_at")
# Ordered by id, since the time at which a source began may be unknown.
_SOURCES = _Part(QuerySource, EntryKind.QUERY, entries_of_source, "started_at", ("id",))
_LOOKS = _part(RecordLook, EntryKind.RECORDS, entries_of_look, "at")
# The access log is numbered as it is written, so its own number is its order.
_ACTS = _Part(AuditEvent, EntryKind.ACT, entries_of_act, "at", ("seq",))
_OF_PATIENT = (
    _part(IdentitySession, EntryKind.IDENTITY, entries_of_verification, "created_at"),
    _part(ProofedIdentity, EntryKind.IDENTITY, entries_of_identity, "verified_at"),
    _LINKS,
    _part(Aal2Challenge, EntryKind.AAL2, entries_of_challenge, "created_at"),
    _AAL2_SESSIONS,
    _part(Consent, EntryKind.IDENTITY, entries_of_consent, "given_at"),
    _part(RecordRequest, EntryKind.RECORDS, entries_of_records, "submitted_at"),
    _WEBHOOKS,
    _CALLS,
    _QUERIES,
)


@dataclass(frozen=True)
class TimelinePage:
    """The newest entries, newest first, and whether there are older ones."""

    entries: list[TimelineEntry]
    has_more: bool


@dataclass(frozen=True)
class _Reading:
    """One reading of a timeline: of which kinds, how many entries, and at which time."""

    session: Session
    kinds: Collection[EntryKind]
    most: int
    now: datetime

    def read(self, part: _Part, **where: str) -> list[list[TimelineEntry]]:
        """The entries of each of the newest rows of a table whose columns have the given values.

        One row more than are shown, which tells that there are more.
        """
        if not self._wants(part):
            return []
        rows = _rows(self.session, part, where, self.most + 1)
        return [self.entries_of(part, row) for row in rows]

    def _wants(self, part: _Part) -> bool:
        is_of_challenges = part is _LINKS and EntryKind.AAL2 in self.kinds
        return part.kind in self.kinds or is_of_challenges

    def entries_of(self, part: _Part, row: Any) -> list[TimelineEntry]:
        entries = _entries_of(part, row, self.now)
        return [entry for entry in entries if entry.kind in self.kinds]

    def page(self, parts: Sequence[list[list[TimelineEntry]]]) -> TimelinePage:
        """The newest entries of all parts."""
        entries = [entry for rows in parts for of_row in rows for entry in of_row]
        newest = sorted(entries, key=lambda entry: entry.position, reverse=True)
        has_more = len(newest) > self.most or any(len(rows) > self.most for rows in parts)
        return TimelinePage(newest[: self.most], has_more)


class Timeline:
    """Reads the timeline of a person or a query; changes nothing."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def of_patient(
        self,
        actor: Actor,
        patient_id: str,
        kinds: Collection[EntryKind] = tuple(EntryKind),
        most: int = MOST,
    ) -> TimelinePage:
        """The newest `most` entries of a person's timeline that are of these kinds.

        A row that began long ago counts by its beginning, also where it ended lately. Acts of the
        staff are left out unless `actor` may see the access log, and looks at records unless they
        may see the evidence. Writes no audit event: the page
        has noted that the person was opened. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        parts = _OF_PATIENT + ((_ACTS,) if actor.may(Permission.ACCESS_LOG) else ())
        parts += (_LOOKS,) if actor.may(Permission.IAS_AUDIT) else ()
        with self._store.read() as session:
            reading = _Reading(session, kinds, most, self._clock())
            return reading.page([reading.read(part, patient_id=patient_id) for part in parts])

    def of_query(
        self,
        actor: Actor,
        query_id: str,
        kinds: Collection[EntryKind] = tuple(EntryKind),
        most: int = MOST,
    ) -> TimelinePage:
        """The same of a query. Raises `NotPermitted` and `NotInLog`."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            reading = _Reading(session, kinds, most, self._clock())
            parts = _read_query(reading, query)
            if actor.may(Permission.ACCESS_LOG):
                parts.append(reading.read(_ACTS, object_id=query.id))
            return reading.page(parts)


def _read_query(reading: _Reading, query: NetworkQuery) -> list[list[list[TimelineEntry]]]:
    parts = [
        [reading.entries_of(_QUERIES, query)],
        reading.read(_SOURCES, query_id=query.id),
        reading.read(_CALLS, query_id=query.id),
    ]
    if query.request_id:
        parts.append(reading.read(_WEBHOOKS, request_id=query.request_id))
    if query.aal2_session_id:
        parts.append(reading.read(_AAL2_SESSIONS, id=query.aal2_session_id))
    return parts


def _rows(session: Session, part: _Part, where: dict[str, str], most: int) -> Sequence[Any]:
    # An index finds the rows of one person or query, and only these few are sorted.
    wanted: Any = without_bodies() if part.table is WebhookEvent else select(part.table)
    for name, value in where.items():
        wanted = wanted.where(col(getattr(part.table, name)) == value)
    newest = wanted.order_by(*(col(getattr(part.table, name)).desc() for name in part.order))
    rows: Sequence[Any] = session.exec(newest.limit(most)).all()
    return rows


def _entries_of(part: _Part, row: Any, now: datetime) -> list[TimelineEntry]:
    try:
        entries = list(part.entries(row, now))
    except Exception as error:
        # One row that cannot be read must not hide the others: it is shown as unreadable.
        entries = _describe_unreadable(part, row, error)
    of_row = f"{part.table.__tablename__} {getattr(row, part.order[-1])}"
    return [replace(entry, key=_digest(f"{of_row} {entry.moment}")) for entry in entries]


def _digest(name: str) -> str:
    """A short name without what it is made of: keys of rows may be text from outside, or hashes."""
    return blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _describe_unreadable(part: _Part, row: Any, error: Exception) -> list[TimelineEntry]:
    at: datetime | None = getattr(row, part.at)
    if at is None:
        return []
    why = type(error).__name__
    what = f"Row of {part.table.__tablename__} that cannot be read"
    facts = name_facts(key=str(getattr(row, part.order[-1])), error=why)
    return [TimelineEntry(at, part.kind, what, "failed", detail=why, facts=facts)]
