"""Read the log of network queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists
from sqlmodel import Session, col, select

from services.errors import NotInLog
from services.queries.filters import QueryFilters
from services.queries.sources import sources_of
from services.queries.status import ENDED
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import BulkItem, NetworkQuery, QuerySource

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


class Queries:
    """Reads the tables `network_query` and `query_source`."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

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

    def open(self, actor: Actor, query_id: str) -> QueryRow:
        """One query with its sources; raises `NotInLog`."""
        row = self.watch(actor, query_id)
        patient_id = row.query.patient_id
        self._audit.note(actor, "query.view", patient_id=patient_id, of=("query", query_id))
        return row

    def watch(self, actor: Actor, query_id: str) -> QueryRow:
        """The same again, for a view that follows what `open` has noted already."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        return self._row(query_id)

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
