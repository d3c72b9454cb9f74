"""Every moment lies in exactly one bucket, whatever the clocks of a zone do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.outcomes.buckets import BUCKETS, bucket_starts, day_start
from services.outcomes.tables import headline, status_over_time

SANTIAGO, HAVANA, AZORES = "America/Santiago", "America/Havana", "Atlantic/Azores"
ZONES = sorted(available_timezones())
LONGEST = {"hour": 2, "day": 90, "week": 90, "month": 3660}
"""Days that a drawn period covers at most: 90 days have thousands of hours."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def queries(*times: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "start": pd.to_datetime(pd.Series(times, dtype=object), utc=True),
            "purpose": ["treatment" if number % 2 else "ias" for number in range(len(times))],
            "outcome": ["completed" if number % 3 else "failed" for number in range(len(times))],
            "n": 1,
        }
    )


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", date(2026, 9, 14), "2026-09-14T00:00"),
        ("Asia/Kolkata", date(2026, 9, 14), "2026-09-13T18:30"),
        # Midnight does not exist: clocks go from 00:00 to 01:00.
        (SANTIAGO, date(2026, 9, 6), "2026-09-06T04:00"),
        (HAVANA, date(2026, 3, 8), "2026-03-08T05:00"),
        (AZORES, date(2026, 3, 29), "2026-03-29T01:00"),
        # Midnight comes twice: clocks go from 01:00 back to 00:00.
        (HAVANA, date(2026, 11, 1), "2026-11-01T04:00"),
        (AZORES, date(2026, 10, 25), "2026-10-25T00:00"),
        # Clocks went from 23:30 to 00:30.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30"),
        # The whole day was skipped.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
    ],
)
def test_a_day_starts_with_its_first_moment(zone: str, day: date, start: str) -> None:
    assert day_start(day, ZoneInfo(zone)) == at(start)


def test_a_skipped_day_has_no_bucket() -> None:
    apia = ZoneInfo("Pacific/Apia")
    since, until = day_start(date(2011, 12, 29), apia), day_start(date(2012, 1, 2), apia)
    local = [one.astimezone(apia).day for one in bucket_starts("day", apia, since, until)]
    assert local == [29, 31, 1]


def test_hours_follow_the_clock_of_the_zone() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    since = day_start(date(2026, 9, 14), kolkata)
    starts = bucket_starts("hour", kolkata, since, since + timedelta(hours=3))
    assert [one.astimezone(kolkata).strftime("%H:%M") for one in starts] == [
        "00:00",
        "01:00",
        "02:00",
    ]


def test_an_hour_that_comes_twice_has_two_buckets() -> None:
    havana = ZoneInfo(HAVANA)
    since, until = day_start(date(2026, 11, 1), havana), day_start(date(2026, 11, 2), havana)
    assert len(bucket_starts("hour", havana, since, until)) == 25
    assert len(bucket_starts("day", havana, since, until)) == 1


def test_weeks_begin_on_monday() -> None:
    since = at("2026-09-17T12:00")
    (first, *_) = bucket_starts("week", ZoneInfo("UTC"), since, since + timedelta(days=9))
    assert first == at("2026-09-14T00:00")


def test_months_begin_on_their_first_day() -> None:
    zone = ZoneInfo(SANTIAGO)
    starts = bucket_starts("month", zone, at("2026-08-20T12:00"), at("2027-02-01T12:00"))
    local = [start.astimezone(zone) for start in starts]
    assert [(one.month, one.day, one.hour) for one in local] == [
        (8, 1, 0), (9, 1, 0), (10, 1, 0), (11, 1, 0), (12, 1, 0), (1, 1, 0), (2, 1, 0),
    ]  # fmt: skip


def test_a_month_whose_first_midnight_does_not_exist_begins_when_clocks_are_set() -> None:
    """Clocks in Amman went from 00:00 to 01:00 on April 1, 2011."""
    amman = ZoneInfo("Asia/Amman")
    starts = bucket_starts("month", amman, at("2011-03-15T00:00"), at("2011-04-15T00:00"))
    assert starts[1] == day_start(date(2011, 4, 1), amman) == at("2011-03-31T22:00")


def test_an_unknown_width_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        bucket_starts("fortnight", ZoneInfo("UTC"), at("2026-09-14"), at("2026-09-15"))


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("zone", [SANTIAGO, HAVANA, AZORES, "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("changed", ["2026-03-29", "2026-04-05", "2026-09-06", "2026-10-25"])
def test_ninety_days_around_a_change_of_clocks_count_every_query(
    bucket: str, zone: str, changed: str
) -> None:
    area, middle = ZoneInfo(zone), at(changed).date()
    since = day_start(middle - timedelta(days=45), area)
    until = day_start(middle + timedelta(days=45), area)
    times = [since + timedelta(minutes=37 * step) for step in range(91 * 24 * 60 // 37)]
    facts = queries(*(one for one in times if one < until))
    table = status_over_time(facts, bucket, zone, since, until)
    assert table["queries"].sum() == headline(facts).queries == len(facts)
    if bucket == "day":
        per_day = table.groupby("start")["queries"].sum()
        assert per_day.index.is_monotonic_increasing and len(per_day) == 90
        # 24 hours give 38 or 39 queries; a day of 23 or 25 hours two fewer or more.
        assert per_day.between(36, 41).all()


@given(
    zone=st.sampled_from(ZONES),
    bucket=st.sampled_from(BUCKETS),
    first=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    share=st.lists(st.floats(0, 1, exclude_max=True), max_size=8),
    data=st.data(),
)
@example(SANTIAGO, "day", datetime(2026, 9, 6, 4), [0.0, 0.01, 0.99], None)
@example(HAVANA, "day", datetime(2026, 11, 1, 4), [0.0, 0.01, 0.99], None)
@example(AZORES, "week", datetime(2026, 10, 25), [0.0, 0.01, 0.99], None)
@example("America/St_Johns", "day", datetime(2006, 10, 29, 2, 30), [0.0, 0.01, 0.99], None)
def test_every_query_is_in_one_bucket_in_every_zone(
    zone: str, bucket: str, first: datetime, share: list[float], data: st.DataObject | None
) -> None:
    days = data.draw(st.floats(0.01, LONGEST[bucket])) if data else 1.0
    since = first.replace(tzinfo=UTC)
    until = since + timedelta(days=days)
    facts = queries(*(since + (until - since) * part for part in share))
    area = ZoneInfo(zone)
    starts = bucket_starts(bucket, area, since, until)
    assert starts[0] <= since and starts[-1] < until
    assert all(earlier < later for earlier, later in pairwise(starts))
    table = status_over_time(facts, bucket, zone, since, until)
    assert table["queries"].sum() == len(facts)
    assert set(table["start"]) <= {pd.Timestamp(one) for one in starts}
