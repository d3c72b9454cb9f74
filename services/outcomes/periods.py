"""The periods that Outcomes shows, and the widths of bars that stay legible in each. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.outcomes.buckets import BUCKETS, day_start

_MOST_BARS, _USUAL_BARS, _FEWEST_BARS = 92, 31, 5
"""Bars that a chart can show, that it shows where nothing was chosen, and that make a course."""


@dataclass(frozen=True)
class Period:
    """Some days of the viewer's calendar, the last of which still runs. All times are UTC.

    The period is `since` to before `until`, the first moment of tomorrow. Up to `now`, only a part
    of it has passed: `before_since` to before `before_until` is the same part of as many days
    before, which alone can be compared with it.
    """

    days: int
    since: datetime
    now: datetime
    until: datetime
    before_since: datetime
    before_until: datetime


def period_of(days: int, now: datetime, zone: ZoneInfo) -> Period:
    """The last `days` days of the calendar of `zone`, the day of `now` included."""
    today = now.astimezone(zone).date()
    first = today + timedelta(days=1 - days)
    return Period(
        days=days,
        since=day_start(first, zone),
        now=now,
        until=day_start(today + timedelta(days=1), zone),
        before_since=day_start(first - timedelta(days=days), zone),
        before_until=_same_time(today - timedelta(days=days), now, zone),
    )


def legible_buckets(days: int) -> list[str]:
    """The widths of bars, narrowest first, in which a chart of that many days can be read."""
    bars = _bars(days)
    return [bucket for bucket in BUCKETS if _FEWEST_BARS <= bars[bucket] <= _MOST_BARS]


def usual_bucket(days: int) -> str:
    """The width of a bar in a chart of that many days where nothing else was chosen."""
    bars = _bars(days)
    return next(bucket for bucket in BUCKETS if bars[bucket] <= _USUAL_BARS)


def nearest_legible(bucket: str, days: int) -> str:
    """`bucket` if it is legible in a chart of that many days, else the next one that is."""
    position = BUCKETS.index(bucket)
    return min(legible_buckets(days), key=lambda other: abs(BUCKETS.index(other) - position))


def _bars(days: int) -> dict[str, int]:
    """How many bars of each width a chart of that many days has; weeks begin on any of its days."""
    return {"hour": 24 * days, "day": days, "week": -(-days // 7) + 1}


def _same_time(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment of `day` at which the clocks of `zone` show what they show at `now`."""
    moment = datetime.combine(day, now.astimezone(zone).timetz()).astimezone(UTC)
    # A time that the clocks skip on that day is read as one that may lie outside of it.
    return min(max(moment, day_start(day, zone)), day_start(day + timedelta(days=1), zone))
