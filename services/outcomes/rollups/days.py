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
from services.store.tables import NetworkQuery, PersonOfTest, QuerySource

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000
_DAY = timedelta(days=1)
_QUERY: Any = NetworkQuery.__table__.c  # type: ignore[attr-defined]
_SOURCE: Any = QuerySource.__table__.c  # type: ignore[attr-defined]
_TEST: Any = PersonOfTest.__table__.c  # type: ignore[attr-defined]

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
        attempts = [row[10:] for row in rows if row[9] is not None]
        shape = (*rows[0][2:9], tuple((*its[:4], *its[6:]) for its in attempts))
        quarter = _quarter_of(rows[0][1])
        alike[shape, quarter] += 1
        for kind, its_bin in _bins(attempts):
            lasting[shape, quarter, kind, its_bin] += 1
    return _Cells(day).count(alike, lasting)


def _queries(connection: Connection, day: date) -> Iterator[tuple[str, list[Any]]]:
    """The queries of a day, each with a row for every attempt, or one row without any.

    A row has the query's id, time, purpose, origin, facility, status, title and status of its
    error; the person, where they are of a test; the attempt's id, type, number, provider, status,
    start, end, status and text of its error.
    """
    start = datetime.combine(day, time(), UTC)
    wanted = (
        sa.select(
            _QUERY.id, _raw(_QUERY.submitted_at), _QUERY.purpose, _QUERY.origin, _QUERY.facility_id,
            _QUERY.status, _QUERY.error_title, _QUERY.error_status, _TEST.patient_id.is_not(None),
            _SOURCE.id, _SOURCE.type, _SOURCE.attempt, _SOURCE.specific_source, _SOURCE.status,
            _raw(_SOURCE.started_at), _raw(_SOURCE.completed_at), _SOURCE.error_status,
            _SOURCE.error_message,
        )
        .join_from(NetworkQuery, QuerySource, _SOURCE.query_id == _QUERY.id, isouter=True)
        .outerjoin(PersonOfTest, _TEST.patient_id == _QUERY.patient_id)
        .where(_QUERY.submitted_at >= start, _QUERY.submitted_at < start + _DAY)
        .order_by(_QUERY.submitted_at, _QUERY.id, _SOURCE.id)
    )  # fmt: skip
    rows = connection.execute(wanted, execution_options={"yield_per": _AT_ONCE})
    for query_id, its_rows in groupby(rows, key=lambda row: row[0]):
        yield query_id, list(its_rows)


def _raw(column: Any) -> Any:
    """A time as the driver answers it: a text of SQLite need not be made a time with a zone."""
    return sa.type_coerce(column, sa.String)


def _moment_of(raw: str | datetime) -> datetime:
    """In UTC, on SQLite without a zone."""
    return datetime.fromisoformat(raw) if isinstance(raw, str) else raw.astimezone(UTC)


def _quarter_of(raw: str | datetime) -> int:
    at = _moment_of(raw)
    return at.hour * 4 + at.minute // 15


def _bins(attempts: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """The types and the bins of attempts that completed, as `facts.facts_of` finds them."""
    for kind, _, _, status, started, completed, _, _ in attempts:
        if status == COMPLETED and started and completed:
            seconds = (_moment_of(completed) - _moment_of(started)).total_seconds()
            if seconds >= 0:
                yield kind, bin_of(seconds)


class _Cells:
    """The rows of a day, filled by what queries are alike in."""

    def __init__(self, day: date) -> None:
        self._midnight = datetime.combine(day, time(), UTC)
        self._cells: dict[Cell, Numbers] = {}
        self._of_shape: dict[_Shape, list[_Counts]] = {}
        self._of_times: dict[tuple[_Shape, str], list[_Counts]] = {}

    def count(
        self,
        alike: Counter[tuple[_Shape, int]],
        lasting: Counter[tuple[_Shape, int, str, int]],
    ) -> dict[Cell, Numbers]:
        """The rows: `alike` are queries by their quarter, `lasting` attempts also by their bin."""
        for (shape, quarter), number in alike.items():
            _add_to(self._counts_of(shape), (quarter, NO_BIN), number)
        for (shape, quarter, kind, its_bin), number in lasting.items():
            _add_to(self._time_counts_of(shape, kind), (quarter, its_bin), number)
        return {cell: numbers for cell, numbers in self._cells.items() if numbers.counts}

    def _counts_of(self, shape: _Shape) -> list[_Counts]:
        if shape not in self._of_shape:
            self._of_shape[shape] = self._open(self._count(shape))
        return self._of_shape[shape]

    def _time_counts_of(self, shape: _Shape, kind: str) -> list[_Counts]:
        if (shape, kind) not in self._of_times:
            counted: Contributions = {}
            if self._counts_of(shape):
                purpose, origin, facility_id, *_, test, _ = shape
                key = (kind, purpose, origin, int(test))
                count_at(counted, TIME, facility_id, self._midnight, key, seconds=0)
            self._of_times[shape, kind] = self._open(counted)
        return self._of_times[shape, kind]

    def _count(self, shape: _Shape) -> Contributions:
        purpose, origin, facility_id, status, title, error_status, test, sources = shape
        at = self._midnight.isoformat()
        query = [at, purpose, origin, facility_id, status, title, error_status]
        attempts = [[*its[:4], None, None, *its[4:]] for its in sources]
        try:
            return count_query({"query": query, "test": bool(test), "sources": attempts})
        except Exception as error:
            # As `waiting.try_count`: one bad row stops nobody, and only the class is told.
            _log.error("rollups: %s", type(error).__name__)
            return {}

    def _open(self, counted: Contributions) -> list[_Counts]:
        """The numbers of the cells of these contributions, each as often as it is counted."""
        return [
            self._cells.setdefault(Cell(*place[:4]), Numbers()).counts
            for place, number in counted.items()
            for _ in range(number)
        ]


def _add_to(cells: Iterable[_Counts], place: tuple[int, int], number: int) -> None:
    for counts in cells:
        counts[place] = counts.get(place, 0) + number
