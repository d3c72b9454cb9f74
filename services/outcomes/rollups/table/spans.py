"""Which days in UTC the buckets of a chart take whole, and which in part. Pure.

Bounds count to the quarter of an hour, as all that is counted does: a quarter belongs to the bucket
in which it begins. The offsets of all zones since 1972 are whole quarters.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

_QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.date().toordinal()
QUARTERS = 96
"""Quarters of an hour in a day."""


class Spans:
    """The buckets that begin at `starts` (aware, ascending), of which the last ends at `end`.

    Those that would begin at `end` or later are left out.
    """

    def __init__(self, starts: Sequence[datetime], end: datetime) -> None:
        kept = [start for start in starts if start < end]
        self.starts = [start.astimezone(UTC) for start in kept]
        bounds = [_quarter_of(moment) for moment in (*kept, end)] if kept else []
        self._bounds: Numbers = np.array(bounds, dtype=np.int64)
        self._days: Numbers = self._all_days()
        first = self.bucket_of(self._days * QUARTERS)
        last = self.bucket_of(self._days * QUARTERS + QUARTERS - 1)
        self._is_whole = (first == last) & (first >= 0)
        self._first = first

    def whole(self) -> list[tuple[int, date, date]]:
        """The buckets (by position) with whole days, and the first and the last of these."""
        days, buckets = self._days[self._is_whole], self._first[self._is_whole]
        found = []
        for bucket in np.unique(buckets).tolist():
            of_bucket = days[buckets == bucket]
            found.append((bucket, _day(of_bucket[0]), _day(of_bucket[-1])))
        return found

    def parted(self) -> list[date]:
        """The days that only in part lie in one bucket, ascending."""
        return [_day(day) for day in self._days[~self._is_whole].tolist()]

    def bucket_of(self, quarters: Numbers) -> Numbers:
        """The buckets in which these quarters begin, counted from 1970; -1 for none."""
        found = np.searchsorted(self._bounds, quarters, side="right") - 1
        return np.where(found < len(self.starts), found, -1)

    def _all_days(self) -> Numbers:
        if not len(self._bounds):
            return np.array([], dtype=np.int64)
        first, last = int(self._bounds[0]), int(self._bounds[-1]) - 1
        return np.arange(first // QUARTERS, last // QUARTERS + 1, dtype=np.int64)


def number_of(day: date) -> int:
    """The number of a day in UTC, counted from 1970."""
    return day.toordinal() - _FIRST_DAY


def _day(number: int) -> date:
    return date.fromordinal(int(number) + _FIRST_DAY)


def _quarter_of(moment: datetime) -> int:
    """The first quarter that does not begin before the moment."""
    return -((_EPOCH - moment) // _QUARTER)
