"""Read the log of network queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists
from sqlmodel import Session, col, select

from services.access import Actor, Permission
from services.audit import Audit
from services.errors import NotInLog
from services.query_filters import QueryFilters
from services.query_news import sources_of
from services.query_status import ENDED
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall, WebhookEvent
from services.store.work_tables import BulkItem
from services.upstream_calls import UpstreamCalls
from services.webhook_filters import without_bodies

PAGE_SIZE = 50
_MOST_NEWS = 50


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
    """Reads the tables `network_query` and `query_source`."""

    def __init__(self, store: Store, audit: Audit, calls: UpstreamCalls) -> None:
        self._store = store
        self._audit = audit
        self._calls = calls

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

    def running_of(self, actor: Actor) -> set[str]:
        """The ids of the actor's own queries that run now, but for those of bulk runs."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        wanted = select(NetworkQuery.id).where(
            # Few are open at a time, however many the log holds.
            col(NetworkQuery.next_check_at).is_not(None),
            col(NetworkQuery.started_by) == actor.name,
            col(NetworkQuery.finished_at).is_(None),
            ~exists().where(col(BulkItem.query_id) == col(NetworkQuery.id)),
        )
        with self._store.read() as session:
            return set(session.exec(wanted.limit(_MOST_NEWS)).all())

    def ended_among(self, actor: Actor, query_ids: Collection[str]) -> Sequence[NetworkQuery]:
        """Those of the queries that have ended."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        wanted = select(NetworkQuery).where(col(NetworkQuery.id).in_(query_ids))
        with self._store.read() as session:
            return session.exec(wanted.where(col(NetworkQuery.status).in_(ENDED))).all()

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
            wanted = without_bodies().where(col(WebhookEvent.request_id) == row.query.request_id)
            webhooks = session.exec(wanted.order_by(col(WebhookEvent.id))).all()
        return QueryDetail(row.query, row.sources, webhooks, self._calls.of_query(query_id))

    def _row(self, query_id: str) -> QueryRow:
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            return QueryRow(query, sources_of(session, query_id))


def _with_sources(session: Session, queries: Sequence[NetworkQuery]) -> list[QueryRow]:
    """The queries with their sources: one statement for all of them."""
    ids = [query.id for query in queries]
    wanted = select(QuerySource).where(col(QuerySource.query_id).in_(ids))
    ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt))
    by_query: dict[str, list[QuerySource]] = {}
    for source in session.exec(ordered).all():
        by_query.setdefault(source.query_id, []).append(source)
    return [QueryRow(query, by_query.get(query.id, [])) for query in queries]
