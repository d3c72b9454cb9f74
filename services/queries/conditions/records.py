"""Whether the records that were fetched after a query were counted to none, in SQL."""

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.queries.status import COMPLETED
from services.store.tables import NetworkQuery, QuerySource, RecordRequest


def found_none() -> ColumnElement[bool]:
    """Whether the first fetch that tells of the query found nothing.

    That is the first one asked for after the query ended, and before the person's next query that
    completed a source: a later fetch holds that one's records too.
    """
    query, fetch = NetworkQuery, aliased(RecordRequest)
    ended_at = func.coalesce(col(query.finished_at), col(query.submitted_at))
    first = (
        select(case((_is_empty(fetch), 1), else_=0))
        .where(
            col(fetch.patient_id) == col(query.patient_id),
            col(fetch.counted_at).is_not(None),
            _counts(fetch) != "null",
            col(fetch.submitted_at) >= ended_at,
            ~_has_next_query_until(fetch),
        )
        .order_by(col(fetch.submitted_at), col(fetch.id))
        .limit(1)
        .correlate(query)
        .scalar_subquery()
    )
    return and_(_completed_one(query), func.coalesce(first, 0) == 1)


def _has_next_query_until(fetch: type[RecordRequest]) -> ColumnElement[bool]:
    following = aliased(NetworkQuery)
    place = tuple_(col(following.submitted_at), col(following.id))
    until = exists().where(
        col(following.patient_id) == col(NetworkQuery.patient_id),
        place > tuple_(col(NetworkQuery.submitted_at), col(NetworkQuery.id)),
        col(following.submitted_at) <= col(fetch.submitted_at),
        _completed_one(following),
    )
    # Said, since a statement two levels up is not looked at once a level names its own.
    return until.correlate(NetworkQuery, fetch)


def _completed_one(query: type[NetworkQuery]) -> ColumnElement[bool]:
    """Whether a source of the query completed, at a time that is known."""
    source = aliased(QuerySource)
    return exists().where(
        col(source.query_id) == col(query.id),
        func.coalesce(col(source.status), "") == COMPLETED,
        col(source.completed_at).is_not(None),
    )


def _is_empty(fetch: type[RecordRequest]) -> ColumnElement[bool]:
    """Whether all counts are 0. Types of resources have no digits, so others are those of a count;
    the two databases have no way in common to add up the numbers in a JSON object.
    """
    counts = _counts(fetch)
    return and_(*(counts.not_like(f"%{digit}%") for digit in range(1, 10)))


def _counts(fetch: type[RecordRequest]) -> ColumnElement[str]:
    return func.coalesce(cast(col(fetch.resource_counts), String), "null")
