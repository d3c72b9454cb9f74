"""Which days have more or fewer queries than is usual for their weekday. Pure.

A whole day is compared with the same weekday of the eight weeks before it. Usual is their median,
give or take three times their median absolute deviation, scaled by 1.4826 so that it equals the
standard deviation of normally distributed numbers (Hampel's identifier). The width is at least
three times the root of the median, as counts scatter by chance alone, and at least five queries:
where a log is quiet, one query more is nothing unusual.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from services.outcomes.buckets import day_start

WEEKS = 8
"""Weeks before a day that it is compared with."""

FEWEST_WEEKS = 4
"""Weeks that there have to be, or a day is not judged."""

_SCALE = 1.4826
_DEVIATIONS = 3
_LEAST_WIDTH = 5

RULE = (
    "▲ and ▼ mark days outside the usual range of their weekday: the median of the same weekday in "
    f"the {WEEKS} weeks before, ± {_DEVIATIONS} median absolute deviations (scaled to standard "
    f"deviations; at least 3 times the median’s root, and {_LEAST_WIDTH})."
)
"""The rule in words, as it stands beside the chart."""


@dataclass(frozen=True)
class Unusual:
    """A day with more than `high` or fewer than `low` queries of a purpose of use."""

    start: datetime
    purpose: str
    queries: int
    low: float
    high: float

    @property
    def is_high(self) -> bool:
        """Whether there are more than usual."""
        return self.queries > self.high


def usual_range(before: Sequence[int]) -> tuple[float, float]:
    """The lower and the upper end of what is usual after these numbers, of which there is one."""
    middle = median(before)
    deviation = median([abs(number - middle) for number in before])
    width = max(_DEVIATIONS * _SCALE * deviation, 3 * math.sqrt(middle), _LEAST_WIDTH)
    return max(middle - width, 0), middle + width


def unusual_days(
    days: pd.DataFrame, since: datetime, now: datetime, zone: ZoneInfo, began: date | None
) -> list[Unusual]:
    """The unusual days from `since` on, each for one purpose of use, in their order.

    `days` are counts per day of `zone`: start (UTC), purpose, n; days without queries may be
    missing. The log began on the day `began`: what lies before is not a day without queries, but
    unknown. A day that is not over `now` is not judged.
    """
    if days.empty or began is None:
        return []
    local = days["start"].dt.tz_convert(zone).dt.date
    counted = days.groupby([days["purpose"], local])["n"].sum().to_dict()
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    purposes = sorted(set(days["purpose"]))
    return [
        Unusual(day_start(day, zone), purpose, number, low, high)
        for day in _days_between(first, today)
        for purpose in purposes
        for number, low, high in _judge(counted, purpose, day, began)
    ]


def _judge(
    counted: Mapping[Any, int], purpose: str, day: date, began: date
) -> Iterator[tuple[int, float, float]]:
    earlier = [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    # The day on which the log began is not a whole one.
    before = [counted.get((purpose, other), 0) for other in earlier if other > began]
    if len(before) < FEWEST_WEEKS:
        return
    low, high = usual_range(before)
    number = int(counted.get((purpose, day), 0))
    if not low <= number <= high:
        yield number, low, high


def _days_between(first: date, after: date) -> Iterator[date]:
    while first < after:
        yield first
        first += timedelta(days=1)
