"""How an index of the sources finds queries by a source, its status, its result or its error."""

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col

from services.queries.conditions.sources import MIXED, has_source
from services.queries.status import COMPLETED
from services.store.error_texts import normalised
from services.store.lists.distinct import distinct_values
from services.store.lists.streams import Driver, Stream, any_of
from services.store.tables import NetworkQuery, QuerySource

OF_QUERY = "query"
"""Stands, in place of a source type, for an error of the query itself."""


def source_driver(session: Session, source: str | None, status: str | None) -> Driver:
    """The queries that have a source of this type and status; None is any.

    There are few types and few statuses, so any of them are all of those that the log holds.
    """
    streams = [
        _stream(col(QuerySource.type) == a_type, col(QuerySource.status) == a_status)
        for a_type in ([source] if source else distinct_values(session, col(QuerySource.type)))
        for a_status in ([status] if status else _statuses_of(session, a_type))
    ]
    named = {"type": source, "status": status}
    condition = has_source(**{name: value for name, value in named.items() if value})
    return Driver(streams, condition)


def result_driver(session: Session, source: str, result: str) -> Driver:
    """The queries of which a source of the type may have this result: they are to be looked at.

    A mixed one has at least one status that is not the most frequent.
    """
    if result != MIXED:
        return source_driver(session, source, result)
    statuses = [one for one in _statuses_of(session, source) if one != COMPLETED]
    streams = [
        _stream(col(QuerySource.type) == source, col(QuerySource.status) == one) for one in statuses
    ]
    return Driver(streams, any_of([has_source(type=source, status=one) for one in statuses]))


def error_driver(session: Session, error: str, error_in: str | None, status: int | None) -> Driver:
    """The queries with this error, in a source of the type `error_in`, or of themselves."""
    texts = sorted({error, normalised(error) or error})
    streams: list[Stream] = []
    conditions: list[ColumnElement[bool]] = []
    for text in texts:
        if error_in in (None, OF_QUERY):
            streams.append(_query_stream(text, error_in is not None, status))
            conditions.append(_query_has(text, error_in is not None, status))
        if error_in != OF_QUERY:
            streams += _source_streams(session, text, error_in, status)
            of_type = {"type": error_in, "error_status": status} if error_in else {}
            conditions.append(has_source(normal_error=text, **of_type))
    return Driver(streams, or_(false(), *conditions))


def _query_stream(text: str, exactly: bool, status: int | None) -> Stream:
    also = (col(NetworkQuery.error_status).is_not_distinct_from(status),) if exactly else ()
    where = (col(NetworkQuery.normal_error) == text,)
    return Stream(col(NetworkQuery.submitted_at), col(NetworkQuery.id), where, also)


def _query_has(text: str, exactly: bool, status: int | None) -> ColumnElement[bool]:
    stream = _query_stream(text, exactly, status)
    return and_(*stream.where, *stream.also)


def _source_streams(
    session: Session, text: str, error_in: str | None, status: int | None
) -> list[Stream]:
    same = col(QuerySource.normal_error) == text
    types = [error_in] if error_in else distinct_values(session, col(QuerySource.type), same)
    also = (col(QuerySource.error_status).is_not_distinct_from(status),) if error_in else ()
    return [_stream(same, col(QuerySource.type) == one, also=also) for one in types]


def _stream(*where: ColumnElement[bool], also: tuple[ColumnElement[bool], ...] = ()) -> Stream:
    return Stream(col(QuerySource.submitted_at), col(QuerySource.query_id), where, also)


def _statuses_of(session: Session, source: str) -> list[str]:
    return distinct_values(session, col(QuerySource.status), col(QuerySource.type) == source)
