"""The log of network queries for the staff: a list, one query, and who waits for which."""

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
from services.store.lists.paging import Page
from services.store.tables import BulkItem, NetworkQuery, QuerySource

_MOST_OPEN = 50
_MOST_IDS = 1000
"""Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535."""


@dataclass(frozen=True)
class QueryRow:
    """A query with its sources."""

    query: NetworkQuery
    sources: list[QuerySource]

    @property
    def is_open(self) -> bool:
        """Whether the reconciler still asks upstream about the query, so that it may change.

        True for some seconds after a webhook has reported the end: a status call confirms it.
        """
        return self.query.next_check_at is not None


QueryPage = Page[QueryRow]


class Queries:
    """Reads the tables `network_query` and `query_source`; changes nothing in them."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def search(
        self,
        actor: Actor,
        filters: QueryFilters,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> QueryPage:
        """One page of the log; `cursor` is that of the page before.

        With several filters it may be one that says how far the log was searched. Raises
        `NotPermitted`, and `InvalidInput` for a text that is no cursor, or where
        `filters.patient_id` is no id.
        """
        # Before anything is noted: the address may have a name there.
        filters = filters.checked()
        self._audit.require(actor, Permission.QUERIES_VIEW, filters.patient_id)
        self._audit.look(
            actor, "query.search", patient_id=filters.patient_id, details=filters.summary()
        )
        with self._store.read() as session:
            page = filters.listing(session).page(session, cursor, oldest_first)
            return Page(with_sources(session, page.rows), page.next, page.searched_to)

    def open_of(self, actor: Actor) -> set[str]:
        """The ids of at most fifty open queries that `actor` started outside of bulk runs."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        wanted = select(NetworkQuery.id).where(
            # The index of open queries serves this, however many have ended.
            col(NetworkQuery.next_check_at).is_not(None),
            col(NetworkQuery.started_by_id) == actor.id,
            col(NetworkQuery.finished_at).is_(None),
            ~exists().where(col(BulkItem.query_id) == col(NetworkQuery.id)),
        )
        with self._store.read() as session:
            return set(session.exec(wanted.limit(_MOST_OPEN)).all())

    def ended_among(self, actor: Actor, query_ids: Collection[str]) -> Sequence[NetworkQuery]:
        """Those of the queries that have ended, in no order."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        wanted = select(NetworkQuery).where(col(NetworkQuery.id).in_(query_ids))
        with self._store.read() as session:
            return session.exec(wanted.where(col(NetworkQuery.status).in_(ENDED))).all()

    def open(self, actor: Actor, query_id: str) -> QueryRow:
        """One query with its sources; raises `NotInLog`."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            query = session.get(NetworkQuery, query_id)
            if query is None:
                raise NotInLog("The log holds no query with this id.")
            row = QueryRow(query, sources_of(session, query_id))
        patient_id = query.patient_id
        self._audit.look(actor, "query.view", patient_id=patient_id, of=("query", query_id))
        return row


def with_sources(session: Session, queries: Sequence[NetworkQuery]) -> list[QueryRow]:
    """The queries with their sources: one statement for a thousand of them."""
    ids = [query.id for query in queries]
    by_query: dict[str, list[QuerySource]] = {}
    for start in range(0, len(ids), _MOST_IDS):
        some = col(QuerySource.query_id).in_(ids[start : start + _MOST_IDS])
        wanted = select(QuerySource).where(some)
        ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt))
        for source in session.exec(ordered).all():
            by_query.setdefault(source.query_id, []).append(source)
    return [QueryRow(query, by_query.get(query.id, [])) for query in queries]
