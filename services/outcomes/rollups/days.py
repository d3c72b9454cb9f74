"""Counts the queries of a whole day at once: a log of many years is counted anew in minutes.

The same as `cells.count_query` for each query. But most queries of a day are alike, apart from
their times: what such a query adds is made once for all of them, and its time says only where.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from services.outcomes.rollups.cells import count_query
from services.outcomes.rollups.contributions import NO_BIN, Contributions, count_at
from services.outcomes.rollups.cubes import TIME
from services.outcomes.rollups.histogram import bin_of
from services.outcomes.rollups.table.rows import Cell, Numbers
from services.queries.status import COMPLETED
from services.store.tables import NetworkQuery, QuerySource, TestPerson

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000
_DAY = timedelta(days=1)
_QUERY: Any = NetworkQuery.__table__.c  # type: ignore[attr-defined]
_SOURCE: Any = QuerySource.__table__.c  # type: ignore[attr-defined]
_TEST: Any = TestPerson.__table__.c  # type: ignore[attr-defined]

_Counts = dict[tuple[int, int], int]
_Shape = tuple[Any, ...]
"""All that a query is counted by but its times."""


def count_day(connection: Connection, day: date, but: Collection[str]) -> dict[Cell, Numbers]:
    """What the queries of a day in UTC add, without those whose ids are in `but`."""
    alike: Counter[tuple[_Shape, int]] = Counter()
    lasting: Counter[tuple[_Shape, int, str, int]] = Counter()
    for query_id, rows in _queries(connection, day):
        if query_id in but:
            continue
        query, quarter = rows[0], _quarter_of(rows[0][1])
        attempts = [row[9:] for row in rows if row[8] is not None]
        sources = tuple((*its[:4], *its[6:]) for its in attempts)
        shape = (*query[2:8], sources)
        alike[shape, quarter] += 1
        for kind, its_bin in _bins(attempts):
            lasting[shape, quarter, kind, its_bin] += 1
    return _cells(day, alike, lasting)


def _queries(connection: Connection, day: date) -> Iterator[tuple[str, list[Any]]]:
    """The queries of a day, each with a row for every attempt, or one row without any.

    A row has the query's id, time, purpose, origin, facility, status, title and status of its error;
    the attempt's id; and its type, number, provider, status, start, end, status and text of error.
    """
    start = datetime.combine(day, time(), UTC)
    wanted = (
        sa.select(
            _QUERY.id, _raw(_QUERY.submitted_at), _QUERY.purpose, _QUERY.origin, _QUERY.facility_id,
            _QUERY.status, _QUERY.error_title, _QUERY.error_status,
            _SOURCE.id, _SOURCE.type, _SOURCE.attempt, _SOURCE.specific_source, _SOURCE.status,
            _raw(_SOURCE.started_at), _raw(_SOURCE.completed_at), _SOURCE.error_status,
            _SOURCE.error_message,
        )
        .join_from(NetworkQuery, QuerySource, _SOURCE.query_id == _QUERY.id, isouter=True)
        .where(_QUERY.submitted_at >= start, _QUERY.submitted_at < start + _DAY)
        .order_by(_QUERY.submitted_at, _QUERY.id, _SOURCE.id)
    )  # fmt: skip
    rows = connection.execute(wanted, execution_options={"yield_per": _AT_ONCE})
    for query_id, its_rows in groupby(rows, key=lambda row: row[0]):
        yield query_id, list(its_rows)
