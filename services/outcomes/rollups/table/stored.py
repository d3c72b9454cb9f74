"""Reads the rows of a cube that lie in the buckets of a chart, as arrays.

A bucket of whole days in UTC reads the numbers of these days. Only the days at whose middle a
bucket begins or ends are read by quarters of an hour.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, func, select

from services.outcomes.rollups.table.packing import Numbers, unpack_all
from services.outcomes.rollups.table.rows import ROLLUP
from services.outcomes.rollups.table.spans import QUARTERS, Spans, number_of

_MOST_DAYS = 300
_MANY_DAYS = 4
"""From so many days a bucket on, the database adds them up."""


# Made once: to put a statement together takes longer than to run it.
_OF_DAYS = (
    ROLLUP.c.cube == bindparam("cube"),
    ROLLUP.c.slice == bindparam("slice"),
    ROLLUP.c.day.between(bindparam("first"), bindparam("last")),
)
_SUMS = select(ROLLUP.c.key, func.sum(ROLLUP.c.total)).where(*_OF_DAYS).group_by(ROLLUP.c.key)
_TOTALS = select(ROLLUP.c.day, ROLLUP.c.key, ROLLUP.c.total).where(*_OF_DAYS)
_HISTOGRAMS = select(ROLLUP.c.day, ROLLUP.c.key, ROLLUP.c.bins).where(*_OF_DAYS)


@dataclass(frozen=True)
class Counted:
    """Numbers by bucket, key and bin, arrays of one length; what repeats has to be added up.

    `key` and `bucket` are positions in the list of keys and in that of buckets.
    """

    bucket: Numbers
    key: Numbers
    bin: Numbers
    count: Numbers


class Keys:
    """The keys that were met, and their positions."""

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}

    def positions(self, keys: Iterable[str]) -> Numbers:
        """The position of each key; a new one gets the next."""
        known = self._positions
        return np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.int64)

    def all(self) -> list[str]:
        """The keys by their position."""
        return list(self._positions)


def read_stored(
    connection: Connection, cube: str, of_slice: str, spans: Spans, keys: Keys, durations: bool
) -> Counted:
    """What the rollups hold of a cube and slice in these buckets."""
    reader = _Reader(connection, cube, of_slice, spans, keys)
    parts = [reader.parted()]
    parts += [reader.histograms()] if durations else list(reader.totals())
    return join(parts)


def join(parts: Sequence[Counted]) -> Counted:
    """All of them as one."""
    columns = ("bucket", "key", "bin", "count")
    return Counted(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


@dataclass(frozen=True)
class _Reader:
    connection: Connection
    cube: str
    of_slice: str
    spans: Spans
    keys: Keys

    def totals(self) -> Iterator[Counted]:
        """The numbers of whole days."""
        whole = self.spans.whole()
        if not whole:
            return
        days = sum((last - first).days + 1 for _, first, last in whole)
        if days < _MANY_DAYS * len(whole):
            yield self._totals_by_day(whole[0][1], whole[-1][2])
            return
        for bucket, first, last in whole:
            rows = self._rows(_SUMS, first, last)
            yield self._counted([bucket] * len(rows), rows)

    def _totals_by_day(self, first: date, last: date) -> Counted:
        rows = self._rows(_TOTALS, first, last)
        buckets = self._whole_buckets([row[0] for row in rows])
        counted = self._counted(buckets, [row[1:] for row in rows])
        return _within(counted)

    def histograms(self) -> Counted:
        """The histograms of whole days."""
        whole = self.spans.whole()
        if not whole:
            return _NOTHING
        rows = self._rows(_HISTOGRAMS, whole[0][1], whole[-1][2])
        buckets = self._whole_buckets([row[0] for row in rows])
        entries = unpack_all([row[2] for row in rows])
        keys = self.keys.positions(row[1] for row in rows)
        return _within(Counted(buckets[entries.row], keys[entries.row], entries.bin, entries.count))

    def parted(self) -> Counted:
        """The quarters of days that do not lie in one bucket as a whole."""
        days = self.spans.parted()
        rows: list[Any] = []
        for start in range(0, len(days), _MOST_DAYS):
            some = ROLLUP.c.day.in_(days[start : start + _MOST_DAYS])
            wanted = select(ROLLUP.c.day, ROLLUP.c.key, ROLLUP.c.fine).where(
                ROLLUP.c.cube == self.cube, ROLLUP.c.slice == self.of_slice, some
            )
            rows += [row for row in self.connection.execute(wanted) if row.fine is not None]
        entries = unpack_all([row.fine for row in rows])
        midnights = _days([row.day for row in rows]) * QUARTERS
        keys = self.keys.positions(row.key for row in rows)
        buckets = self.spans.bucket_of(midnights[entries.row] + entries.quarter)
        return _within(Counted(buckets, keys[entries.row], entries.bin, entries.count))

    def _whole_buckets(self, days: Sequence[date]) -> Numbers:
        """The buckets of days, -1 for one that does not lie in one bucket as a whole."""
        numbers = _days(days) * QUARTERS
        first, last = self.spans.bucket_of(numbers), self.spans.bucket_of(numbers + QUARTERS - 1)
        return np.where(first == last, first, -1)

    def _rows(self, wanted: Any, first: date, last: date) -> Sequence[Any]:
        asked = {"cube": self.cube, "slice": self.of_slice, "first": first, "last": last}
        return self.connection.execute(wanted, asked).all()

    def _counted(self, buckets: Any, rows: Sequence[Any]) -> Counted:
        keys = self.keys.positions(row[0] for row in rows)
        counts = np.array([int(row[1]) for row in rows], dtype=np.int64)
        return Counted(np.array(buckets, dtype=np.int64), keys, np.full(len(rows), -1), counts)


def _within(counted: Counted) -> Counted:
    """Without what lies in no bucket."""
    kept = counted.bucket >= 0
    return Counted(counted.bucket[kept], counted.key[kept], counted.bin[kept], counted.count[kept])


def _days(days: Sequence[date]) -> Numbers:
    return np.array([number_of(day) for day in days], dtype=np.int64)


_EMPTY = np.array([], dtype=np.int64)
_NOTHING = Counted(_EMPTY, _EMPTY, _EMPTY, _EMPTY)
