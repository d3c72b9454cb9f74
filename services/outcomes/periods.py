"""The periods that Outcomes shows, and the widths of bars that stay legible in each. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.outcomes.buckets import BUCKETS, day_start

_MOST_BARS, _USUAL_BARS, _FEWEST_BARS = 92, 31, 5
"""Bars that a chart can show, that it shows where nothing was chosen, and that make a course."""

LONGEST_DAYS = 3660
"""Days of the longest period that can be asked for: ten years."""


@dataclass(frozen=True)
class Period:
    """Some days of a calendar, of which the last may still run. All times are UTC.

    The period is `since` to before `until`, the first moment of the day after. Up to `now`, only a
    part of it may have passed: `before_since` to before `before_until` is the same part of as many
    days before, which alone can be compared with it.
    """

    days: int
    since: datetime
    now: datetime
    until: datetime
    before_since: datetime
    before_until: datetime

    @property
    def runs(self) -> bool:
        """Whether the period is not over."""
        return self.now < self.until


def period_of(days: int, now: datetime, zone: ZoneInfo) -> Period:
    """The last `days` days of the calendar of `zone`, the day of `now` included."""
    today = now.astimezone(zone).date()
    return days_between(today + timedelta(days=1 - days), today, now, zone)


def days_between(first: date, last: date, now: datetime, zone: ZoneInfo) -> Period:
    """The days of the calendar of `zone` from `first` to `last`, both included.

    Where `last` is not over, the time before ends when its clocks show what they show at `now`.
    """
    days = (last - first).days + 1
    length = timedelta(days=days)
    until, today = day_start(last + timedelta(days=1), zone), now.astimezone(zone).date()
    before_since = day_start(first - length, zone)
    if first <= today <= last:
        before_until = _same_time(today - length, now, zone)
    else:
        before_until = day_start(first, zone)
    return Period(
        days=days,
        since=day_start(first, zone),
        now=now,
        until=until,
        before_since=before_since,
        before_until=before_until,
    )


def legible_buckets(days: int) -> list[str]:
    """The widths of bars, narrowest first, in which a chart of that many days can be read.

    In four days there are too many hours, and in ten years too many weeks: then there is one width,
    with fewer or more bars than in all others.
    """
    bars = _bars(days)
    fitting = [bucket for bucket in BUCKETS if _FEWEST_BARS <= bars[bucket] <= _MOST_BARS]
    return fitting or ["day" if days < _FEWEST_BARS else "month"]


def usual_bucket(days: int) -> str:
    """The width of a bar in a chart of that many days where nothing else was chosen."""
    bars, legible = _bars(days), legible_buckets(days)
    return next((bucket for bucket in legible if bars[bucket] <= _USUAL_BARS), legible[-1])


def nearest_legible(bucket: str, days: int) -> str:
    """`bucket` if it is legible in a chart of that many days, else the next one that is."""
    position = BUCKETS.index(bucket)
    return min(legible_buckets(days), key=lambda other: abs(BUCKETS.index(other) - position))


def _bars(days: int) -> dict[str, int]:
    """How many bars of each width a chart of that many days has; weeks begin on any of its days."""
    months = -(-days // 31) + 1 if days > 31 else 2
    return {"hour": 24 * days, "day": days, "week": -(-days // 7) + 1, "month": months}


def _same_time(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment of `day` at which the clocks of `zone` show what they show at `now`."""
    moment = datetime.combine(day, now.astimezone(zone).timetz()).astimezone(UTC)
    # A time that the clocks skip on that day is read as one that may lie outside of it.
    return min(max(moment, day_start(day, zone)), day_start(day + timedelta(days=1), zone))
