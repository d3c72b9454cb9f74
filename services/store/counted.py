"""What the rollups count a query by: some of its own columns, and of its sources'.

It is kept in short beside each change, so that the rollups can take back what they had counted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from services.store.tables import NetworkQuery, PersonOfTest, QuerySource

QUERY_COLUMNS = (
    "submitted_at", "purpose", "origin", "facility_id", "status", "error_title", "error_status",
)  # fmt: skip
SOURCE_COLUMNS = (
    "type", "attempt", "specific_source", "status", "started_at", "completed_at", "error_status",
    "error_message",
)  # fmt: skip

_MOST_IDS = 500


def read_counted(connection: Connection, query_id: str) -> dict[str, Any] | None:
    """What a query is counted by now, as JSON can hold it; None where there is none.

    `query` and each of `sources` are values in the order of `QUERY_COLUMNS` and `SOURCE_COLUMNS`,
    times as ISO texts in UTC. `test` is whether the person is one of a test.
    """
    return read_all_counted(connection, [query_id]).get(query_id)


def read_all_counted(connection: Connection, query_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The same of many queries, by their ids; those that do not exist are left out."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(query_ids), _MOST_IDS):
        some = query_ids[start : start + _MOST_IDS]
        found |= _read_queries(connection, some)
        for query_id, values in _read_sources(connection, some):
            if query_id in found:
                found[query_id]["sources"].append(values)
    return found


def _read_queries(connection: Connection, query_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    query, test = NetworkQuery.__table__.c, PersonOfTest.__table__.c  # type: ignore[attr-defined]
    wanted = (
        select(query.id, test.patient_id, *(query[name] for name in QUERY_COLUMNS))
        .outerjoin(PersonOfTest, test.patient_id == query.patient_id)
        .where(query.id.in_(query_ids))
    )
    return {
        query_id: {"query": _plain(values), "test": marked is not None, "sources": []}
        for query_id, marked, *values in connection.execute(wanted)
    }


def _read_sources(
    connection: Connection, query_ids: Sequence[str]
) -> Iterable[tuple[str, list[Any]]]:
    source = QuerySource.__table__.c  # type: ignore[attr-defined]
    wanted = select(source.query_id, *(source[name] for name in SOURCE_COLUMNS))
    ordered = wanted.where(source.query_id.in_(query_ids)).order_by(source.id)
    for query_id, *values in connection.execute(ordered):
        yield query_id, _plain(values)


def _plain(values: Iterable[Any]) -> list[Any]:
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]
