"""Start network queries and read their log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.access import Actor, Permission
from services.audit import Audit
from services.clock import Clock
from services.errors import NotInLog, OutcomeUnknown, Unreachable, UpstreamError
from services.ids import new_id
from services.metriport.client import MetriportClient
from services.metriport.schemas import NetworkQuery as Answer
from services.metriport.schemas import Sources, StartNetworkQuery
from services.patients import checked_id
from services.query_filters import QueryFilters
from services.query_news import DASHBOARD, QUERY_ID_KEY, apply_start, sources_of
from services.query_status import (
    ENDED,
    NOT_STARTED,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall, WebhookEvent
from services.treatment import TreatmentRequest
from services.upstream_calls import UpstreamCalls

PAGE_SIZE = 50

_ANSWER_WITHIN = timedelta(minutes=2)
"""A start that is still submitting after this lost its process: its outcome is unknown."""


@dataclass(frozen=True)
class QueryRow:
    """A query with its sources."""

    query: NetworkQuery
    sources: list[QuerySource]

    @property
    def running(self) -> bool:
        """Whether something more is expected of it."""
        return self.query.status not in ENDED


@dataclass(frozen=True)
class QueryPage:
    """One page of the log, newest first; `older` is the cursor of the next one, if any."""

    rows: list[QueryRow]
    older: str | None


@dataclass(frozen=True)
class QueryDetail(QueryRow):
    """A query with everything that the log holds about it."""

    webhooks: Sequence[WebhookEvent]
    calls: Sequence[UpstreamCall]


class Queries:
    """Owns the tables `network_query` and `query_source`."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        calls: UpstreamCalls,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._calls = calls
        self._clock = clock

    def new_id(self) -> str:
        """An id for a query about to be started: starting twice with it starts once."""
        return new_id(self._clock())

    def start_treatment(self, actor: Actor, query_id: str, request: TreatmentRequest) -> QueryRow:
        """Start a treatment query; the row says what became of it.

        A refusal or a missing answer is an outcome that the row keeps, not an exception. The same
        `query_id` again answers the row that stands. Raises `InvalidInput`.
        """
        self._audit.require(actor, Permission.QUERIES_START, request.patient_id)
        checked_id(request.patient_id)
        request.check()
        body = StartNetworkQuery(sources=request.sources.wire(), metadata={QUERY_ID_KEY: query_id})
        try:
            self._write_intent(actor, query_id, request)
        except Duplicate:
            return self._row(query_id)
        self._submit(query_id, request.patient_id, body)
        return self._row(query_id)

    def search(self, actor: Actor, filters: QueryFilters, before: str | None = None) -> QueryPage:
        """One page of the log, newest first; `before` is the cursor of an earlier page."""
        self._audit.require(actor, Permission.QUERIES_VIEW, filters.patient_id)
        self._audit.note(
            actor, "query.search", patient_id=filters.patient_id, details=filters.summary()
        )
        return self.watch_page(actor, filters, before)

    def watch_page(
        self, actor: Actor, filters: QueryFilters, before: str | None = None
    ) -> QueryPage:
        """The same page again, for a view that follows what `search` has noted already."""
        self._audit.require(actor, Permission.QUERIES_VIEW, filters.patient_id)
        with self._store.read() as session:
            wanted = filters.applied(select(NetworkQuery)).order_by(col(NetworkQuery.id).desc())
            if before:
                wanted = wanted.where(col(NetworkQuery.id) < before)
            found = session.exec(wanted.limit(PAGE_SIZE + 1)).all()
            rows = _with_sources(session, found[:PAGE_SIZE])
        return QueryPage(rows, rows[-1].query.id if len(found) > PAGE_SIZE else None)

    def open(self, actor: Actor, query_id: str) -> QueryDetail:
        """One query with its sources, webhooks and upstream calls; raises `NotInLog`."""
        detail = self.watch(actor, query_id)
        patient_id = detail.query.patient_id
        self._audit.note(actor, "query.view", patient_id=patient_id, of=("query", query_id))
        return detail

    def watch(self, actor: Actor, query_id: str) -> QueryDetail:
        """The same again, for a view that follows what `open` has noted already."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        row = self._row(query_id)
        with self._store.read() as session:
            wanted = select(WebhookEvent).where(
                col(WebhookEvent.request_id) == row.query.request_id
            )
            webhooks = session.exec(wanted.order_by(col(WebhookEvent.id))).all()
        return QueryDetail(row.query, row.sources, webhooks, self._calls.of_query(query_id))

    def _write_intent(self, actor: Actor, query_id: str, request: TreatmentRequest) -> None:
        now = self._clock()
        with self._store.write() as session:
            session.add(_intent(actor, query_id, request, now))
            session.flush()
            session.add_all(_submitting(query_id, request.sources))
            self._audit.append(
                session,
                actor,
                "query.start",
                patient_id=request.patient_id,
                of=("query", query_id),
                details={"purpose": "treatment", "sources": request.sources.types},
            )

    def _submit(self, query_id: str, patient_id: str, body: StartNetworkQuery) -> None:
        try:
            answer = self._client.start_network_query(patient_id, body, query_id=query_id)
        except UpstreamError as error:
            self._keep_error(query_id, error)
        else:
            self._keep_answer(query_id, answer)

    def _keep_answer(self, query_id: str, answer: Answer) -> None:
        with self._store.write() as session:
            query = session.get(NetworkQuery, query_id, with_for_update=True)
            if query is not None:
                apply_start(session, query, answer, self._clock())

    def _keep_error(self, query_id: str, error: UpstreamError) -> None:
        with self._store.write() as session:
            query = session.get(NetworkQuery, query_id, with_for_update=True)
            # A webhook may have proved meanwhile that it did start.
            if query is not None and query.status == SUBMITTING:
                _mark_unsuccessful(session, query, error, self._clock())

    def _row(self, query_id: str) -> QueryRow:
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            return QueryRow(query, sources_of(session, query_id))


def mark_unconfirmed(session: Session, query: NetworkQuery) -> None:
    """Nobody knows whether it started: a webhook may say so within 24 hours."""
    query.status = UNCONFIRMED
    query.next_check_at = query.submitted_at + UNCONFIRMED_FOR
    session.add(query)


def mark_not_started(session: Session, query: NetworkQuery, now: datetime) -> None:
    """It never ran, and nor did any of its sources."""
    _end(session, query, NOT_STARTED, now)


def _mark_unsuccessful(
    session: Session, query: NetworkQuery, error: UpstreamError, now: datetime
) -> None:
    query.error_kind, query.error_status = error.kind, error.status
    query.error_title, query.error_detail = error.title, error.detail or str(error)
    if isinstance(error, OutcomeUnknown):
        mark_unconfirmed(session, query)
    elif isinstance(error, Unreachable):
        mark_not_started(session, query, now)
    else:
        _end(session, query, REJECTED, now)


def _end(session: Session, query: NetworkQuery, status: str, now: datetime) -> None:
    query.status, query.finished_at, query.next_check_at = status, now, None
    for source in sources_of(session, query.id):
        source.status = NOT_STARTED
        session.add(source)
    session.add(query)


def _intent(actor: Actor, query_id: str, request: TreatmentRequest, now: datetime) -> NetworkQuery:
    return NetworkQuery(
        id=query_id,
        patient_id=request.patient_id,
        facility_id=request.facility_id,
        purpose="treatment",
        origin=DASHBOARD,
        status=SUBMITTING,
        requested=request.requested(),
        started_by=actor.name,
        reason=request.reason,
        ticket=request.ticket or None,
        submitted_at=now,
        next_check_at=now + _ANSWER_WITHIN,
    )


def _submitting(query_id: str, sources: Sources) -> list[QuerySource]:
    return [QuerySource(query_id=query_id, type=one, status=SUBMITTING) for one in sources.types]


def _with_sources(session: Session, queries: Sequence[NetworkQuery]) -> list[QueryRow]:
    """The queries with their sources: one statement for all of them."""
    ids = [query.id for query in queries]
    wanted = select(QuerySource).where(col(QuerySource.query_id).in_(ids))
    ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt))
    by_query: dict[str, list[QuerySource]] = {}
    for source in session.exec(ordered).all():
        by_query.setdefault(source.query_id, []).append(source)
    return [QueryRow(query, by_query.get(query.id, [])) for query in queries]
