"""Divides a period into hours, days, weeks or months of a time zone. Pure.

The buckets of a period follow each other without a gap and without an overlap, whatever the zone's
clocks do: a bucket ends where the next one starts.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

BUCKETS = ("hour", "day", "week", "month")
"""The widths that a chart can show."""

_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def bucket_starts(bucket: str, zone: ZoneInfo, since: datetime, until: datetime) -> list[datetime]:
    """The starts (UTC, ascending) of the buckets that cover `since` to before `until`.

    `bucket` is one of `BUCKETS`, else `ValueError`; weeks begin on Monday. Days, weeks and months
    begin with the first moment of a day in `zone`. Hours begin with the hour of `since` in `zone`.
    """
    if bucket == "hour":
        return list(_hour_starts(zone, since, until))
    if bucket not in BUCKETS:
        raise ValueError(f"no such bucket: {bucket}")
    days = _first_days(bucket, since.astimezone(zone).date())
    return list(_day_starts(zone, days, until))


def starts_of(times: "pd.Series[Any]", starts: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """For each of `times` the start of its bucket: the last of `starts` that is not after it."""
    return starts[starts.searchsorted(pd.DatetimeIndex(times), side="right") - 1]


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of a day in `zone`; of a midnight that comes twice, the first.

    Where clocks are set forward over midnight, the day begins at the moment when they are set.
    """
    midnight = datetime.combine(day, time(), zone)
    start = midnight.astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start
    # Midnight does not exist. By PEP 495 a missing time is read with the offset from before the
    # change for fold=0, and with the one from after it for fold=1: the change lies in between.
    earliest = midnight.replace(fold=1).astimezone(UTC)
    seconds = range(int((start - earliest).total_seconds()) + 1)
    return earliest + timedelta(
        seconds=bisect_left(
            seconds,
            day,
            key=lambda second: (earliest + timedelta(seconds=second)).astimezone(zone).date(),
        )
    )


def _hour_starts(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    # In elapsed hours: when a clock is set back, an hour of the local day comes twice.
    local = since.astimezone(zone)
    into_the_hour = timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    start = since.astimezone(UTC) - into_the_hour
    while start < until:
        yield start
        start += _HOUR


def _first_days(bucket: str, day: date) -> Iterator[date]:
    """The first day of the bucket that `day` lies in, and of each that follows."""
    if bucket == "month":
        yield from _months(day.replace(day=1))
    step = _WEEK if bucket == "week" else _DAY
    day -= _DAY * day.weekday() if bucket == "week" else timedelta()
    while True:
        yield day
        day += step


def _months(first: date) -> Iterator[date]:
    while True:
        yield first
        # The 32nd day of a month is always one of the next.
        first = (first + 31 * _DAY).replace(day=1)


def _day_starts(zone: ZoneInfo, days: Iterator[date], until: datetime) -> Iterator[datetime]:
    last = None
    for day in days:
        start = day_start(day, zone)
        if start >= until:
            return
        # A zone that moved over the date line skipped a whole day: it has no moment of its own.
        if start != last:
            yield start
        last = start
