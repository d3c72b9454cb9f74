"""Conditions on a network query that its sources decide, in SQL.

They name the table of sources by aliases, so that they can be asked of a statement that reads that
table itself.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.queries.status import COMPLETED
from services.store.lists.streams import hidden
from services.store.tables import NetworkQuery, QuerySource

MIXED = "mixed"
"""The result of a source whose providers do not all have the same status."""


def has_source(**values: Any) -> ColumnElement[bool]:
    """Whether one source of the query has these values in its columns; None is no value."""
    source = aliased(QuerySource)
    # Hidden, so that the sources of the query are looked at, and not all of a type or a status.
    same = (
        hidden(col(getattr(source, name)).is_not_distinct_from(value))
        for name, value in values.items()
    )
    return exists().where(col(source.query_id) == col(NetworkQuery.id), *same)


def is_latest(attempt: Any) -> ColumnElement[bool]:
    """Whether no newer attempt of its provider, or of its whole type, replaces an attempt.

    `attempt` is `QuerySource` or an alias of it. This is `sources.latest_attempts` in SQL.
    """
    newer = aliased(QuerySource)
    return ~exists().where(
        col(newer.query_id) == attempt.query_id,
        col(newer.type) == attempt.type,
        col(newer.attempt) > attempt.attempt,
        or_(
            col(newer.specific_source).is_(None),
            col(newer.specific_source) == attempt.specific_source,
        ),
    )


def result_of(source_type: str) -> ColumnElement[str]:
    """The status that all latest attempts of a type have in a query, or `MIXED`."""
    attempt = aliased(QuerySource)
    statuses = func.count(distinct(col(attempt.status)))
    result = case((statuses == 1, func.min(attempt.status)), (statuses > 1, MIXED))
    return (
        select(result)
        .where(
            col(attempt.query_id) == col(NetworkQuery.id),
            hidden(col(attempt.type) == source_type),
            is_latest(attempt),
        )
        .scalar_subquery()
    )


def all_completed() -> ColumnElement[bool]:
    """Whether a query has sources, and the latest attempts of all of them completed."""
    other = aliased(QuerySource)
    of_query = col(other.query_id) == col(NetworkQuery.id)
    not_completed = exists().where(of_query, col(other.status) != COMPLETED, is_latest(other))
    return and_(has_source(), ~not_completed)
