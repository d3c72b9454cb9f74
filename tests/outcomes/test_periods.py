"""What a running period is compared with, and which bars it can be shown in."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.outcomes.buckets import BUCKETS, bucket_starts
from services.outcomes.periods import (
    days_between,
    legible_buckets,
    nearest_legible,
    period_of,
    usual_bucket,
)

NEW_YORK = ZoneInfo("America/New_York")
DAYS = (1, 7, 30, 90)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_today_is_compared_with_the_same_hours_of_yesterday() -> None:
    period = period_of(1, at("2026-09-14T15:30"), NEW_YORK)
    assert (period.since, period.until) == (at("2026-09-14T04:00"), at("2026-09-15T04:00"))
    assert period.before_since == at("2026-09-13T04:00")
    assert period.before_until == at("2026-09-13T15:30")


def test_seven_days_are_compared_with_six_and_a_part_before() -> None:
    period = period_of(7, at("2026-09-14T15:30"), NEW_YORK)
    assert period.since == at("2026-09-08T04:00")
    assert period.before_since == at("2026-09-01T04:00")
    assert period.before_until == at("2026-09-07T15:30")


def test_days_that_are_over_are_compared_with_as_many_whole_days_before() -> None:
    now = at("2026-09-14T15:30")
    period = days_between(date(2026, 9, 1), date(2026, 9, 7), now, NEW_YORK)
    assert (period.since, period.until) == (at("2026-09-01T04:00"), at("2026-09-08T04:00"))
    assert (period.before_since, period.before_until) == (at("2026-08-25T04:00"), period.since)
    assert period.days == 7 and not period.runs


def test_days_up_to_today_still_run() -> None:
    now = at("2026-09-14T15:30")
    period = days_between(date(2026, 9, 8), date(2026, 9, 14), now, NEW_YORK)
    assert period == period_of(7, now, NEW_YORK) and period.runs


def test_the_same_hour_is_that_of_the_clock_when_clocks_change_between() -> None:
    """Clocks went back on November 1: 12:00 is 17:00 UTC after it, and 16:00 before."""
    period = period_of(7, at("2026-11-03T17:00"), NEW_YORK)
    assert period.before_until == at("2026-10-27T16:00")


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    now=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    days=st.sampled_from(DAYS),
)
# Clocks skip from 00:00 to 01:00 on the day that is compared with.
@example("America/Santiago", datetime(2026, 9, 7, 3, 30), 1)
# The day before was skipped.
@example("Pacific/Apia", datetime(2011, 12, 30, 15), 1)
def test_the_time_before_ends_where_the_period_begins_at_the_latest(
    zone: str, now: datetime, days: int
) -> None:
    period = period_of(days, now.replace(tzinfo=UTC), ZoneInfo(zone))
    assert period.since <= period.now < period.until
    assert period.before_since <= period.before_until <= period.since
    elapsed, before = period.now - period.since, period.before_until - period.before_since
    # A change of clocks, or of the date line, is all that may differ.
    assert abs(elapsed - before) <= timedelta(days=1, hours=3)


@pytest.mark.parametrize(
    ("days", "legible", "usual"),
    [
        (1, ["hour"], "hour"),
        # Too many hours, and too few days: days all the same.
        (4, ["day"], "day"),
        (7, ["day"], "day"),
        (30, ["day", "week"], "day"),
        (90, ["day", "week"], "week"),
        (365, ["week", "month"], "month"),
        (3660, ["month"], "month"),
    ],
)
def test_each_period_has_bars_that_can_be_read(days: int, legible: list[str], usual: str) -> None:
    assert legible_buckets(days) == legible
    assert usual_bucket(days) == usual


@pytest.mark.parametrize(
    ("bucket", "days", "nearest"),
    [("hour", 90, "day"), ("week", 7, "day"), ("week", 1, "hour"), ("week", 90, "week")],
)
def test_the_nearest_legible_bar_stands_for_an_illegible_one(
    bucket: str, days: int, nearest: str
) -> None:
    assert nearest_legible(bucket, days) == nearest


@pytest.mark.parametrize("days", DAYS)
def test_no_legible_chart_has_more_bars_than_can_be_told_apart(days: int) -> None:
    period = period_of(days, at("2026-11-27T06:00"), NEW_YORK)
    for bucket in legible_buckets(days):
        assert bucket in BUCKETS
        assert 5 <= len(bucket_starts(bucket, NEW_YORK, period.since, period.until)) <= 92
