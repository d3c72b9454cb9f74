"""The log of queries as rows of a file: all that a selection holds, noted in the access log."""

from collections.abc import Sequence

from sqlmodel import col, func, select

from services.errors import InvalidInput
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryRow, with_sources
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery

MOST_EXPORTED = 20_000
"""The most queries of one file: more are seldom meant, and are read into memory at once."""


class QueryExports:
    """Reads the tables `network_query` and `query_source`; changes nothing in them."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def count(self, actor: Actor, filters: QueryFilters) -> int:
        """How many queries match, counted to one more than a file may have.

        Raises `NotPermitted`, and `InvalidInput` where `filters.patient_id` is no id.
        """
        filters = filters.checked()
        self._audit.require(actor, Permission.QUERIES_VIEW, filters.patient_id)
        few = filters.applied(select(NetworkQuery)).limit(MOST_EXPORTED + 1)
        ids = few.with_only_columns(col(NetworkQuery.id)).subquery()
        with self._store.read() as session:
            return session.exec(select(func.count()).select_from(ids)).one()

    def rows(self, actor: Actor, filters: QueryFilters) -> Sequence[QueryRow]:
        """Every query that matches, newest first, with its sources.

        Raises `NotPermitted`, and `InvalidInput` for more than a file may have, or where
        `filters.patient_id` is no id.
        """
        filters = filters.checked()
        self._audit.require(actor, Permission.QUERIES_VIEW, filters.patient_id)
        ordered = filters.applied(select(NetworkQuery)).order_by(
            col(NetworkQuery.submitted_at).desc(), col(NetworkQuery.id).desc()
        )
        with self._store.read() as session:
            queries = session.exec(ordered.limit(MOST_EXPORTED + 1)).all()
            if len(queries) > MOST_EXPORTED:
                raise InvalidInput(
                    f"More than {MOST_EXPORTED:,} queries match: narrow the filters, for example "
                    "to a month."
                )
            found = with_sources(session, queries)
        details = filters.summary() | {"rows": len(found)}
        self._audit.note(actor, "queries.export", patient_id=filters.patient_id, details=details)
        return found
