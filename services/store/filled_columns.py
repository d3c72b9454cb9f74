"""Fills, before a row is written, the columns that lists find it by and that others follow from."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, event, select

from services.store.columns import storable
from services.store.error_texts import normalised
from services.store.tables import NetworkQuery, QuerySource

_TITLE, _MESSAGE = 200, 1000
"""The lengths at which the two texts are cut; what follows from them is made of what is kept."""


@event.listens_for(NetworkQuery, "before_insert")
@event.listens_for(NetworkQuery, "before_update")
def _fill_query(_mapper: object, _connection: Connection, query: NetworkQuery) -> None:
    query.normal_error = _normal(query.error_title, _TITLE)


@event.listens_for(QuerySource, "before_insert")
def _fill_new_source(_mapper: object, connection: Connection, source: QuerySource) -> None:
    source.normal_error = _normal(source.error_message, _MESSAGE)
    if source.submitted_at is None:
        table: Any = NetworkQuery.__table__  # type: ignore[attr-defined]
        of_query = select(table.c.submitted_at).where(table.c.id == source.query_id)
        source.submitted_at = connection.execute(of_query).scalar()


@event.listens_for(QuerySource, "before_update")
def _fill_source(_mapper: object, _connection: Connection, source: QuerySource) -> None:
    source.normal_error = _normal(source.error_message, _MESSAGE)


def filled_query(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `network_query` for a statement of many, with what is filled for single rows."""
    return row | {"normal_error": _normal(row["error_title"], _TITLE)}


def filled_source(row: dict[str, Any], submitted_at: datetime) -> dict[str, Any]:
    """The same of `query_source`; `submitted_at` is that of its query."""
    normal = _normal(row["error_message"], _MESSAGE)
    return row | {"submitted_at": submitted_at, "normal_error": normal}


def _normal(text: str | None, length: int) -> str | None:
    return normalised(storable(text)[:length]) if text else None
