"""Which days are marked: an outage is, a weekend and a quiet log are not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from services.outcomes.buckets import day_start
from services.outcomes.usual_range import FEWEST_WEEKS, WEEKS, unusual_days, usual_range

UTC_ZONE = ZoneInfo("UTC")
MONDAY = date(2026, 9, 14)
BEGAN = date(2025, 1, 1)


def days(numbers: dict[date, int], zone: ZoneInfo = UTC_ZONE) -> pd.DataFrame:
    rows = [(day_start(day, zone), "ias", number) for day, number in numbers.items()]
    frame = pd.DataFrame(rows, columns=["start", "purpose", "n"])
    return frame.assign(start=pd.to_datetime(frame["start"], utc=True))


def weekdays(usual: int, weekend: int, zone: ZoneInfo = UTC_ZONE, **other: int) -> pd.DataFrame:
    """Nine weeks before and with the Monday: `usual` a day, `weekend` on weekends."""
    numbers = {
        day: weekend if day.weekday() > 4 else usual
        for day in (MONDAY - timedelta(days=back) for back in range(-6, 7 * WEEKS + 1))
    }
    return days(numbers | {date.fromisoformat(day.replace("_", "-")[1:]): n
                           for day, n in other.items()}, zone)  # fmt: skip


def found(frame: pd.DataFrame, began: date | None = BEGAN, zone: ZoneInfo = UTC_ZONE) -> list:
    since = day_start(MONDAY, zone)
    now = day_start(MONDAY + timedelta(days=7), zone)
    marked = unusual_days(frame, since, now, zone, began)
    return [(one.start.astimezone(zone).date(), one.is_high) for one in marked]


def test_a_usual_week_with_a_quiet_weekend_is_not_marked() -> None:
    assert found(weekdays(100, 10)) == []


def test_an_outage_and_a_rush_are_marked() -> None:
    frame = weekdays(100, 10, d2026_09_15=40, d2026_09_19=100)
    assert found(frame) == [(date(2026, 9, 15), False), (date(2026, 9, 19), True)]


def test_a_day_without_any_query_is_marked_although_it_has_no_row() -> None:
    frame = weekdays(100, 10)
    frame = frame[frame["start"] != pd.Timestamp("2026-09-16", tz="UTC")]
    assert found(frame) == [(date(2026, 9, 16), False)]


def test_one_query_more_in_a_quiet_log_is_nothing_unusual() -> None:
    assert found(weekdays(1, 0, d2026_09_15=5)) == []


def test_a_day_that_runs_is_not_judged() -> None:
    frame = weekdays(100, 10, d2026_09_15=1)
    noon = datetime(2026, 9, 15, 12, tzinfo=UTC)
    assert unusual_days(frame, day_start(MONDAY, UTC_ZONE), noon, UTC_ZONE, BEGAN) == []


def test_before_the_log_began_nothing_is_known() -> None:
    frame = weekdays(100, 10, d2026_09_15=1)
    assert found(frame, began=MONDAY - timedelta(weeks=FEWEST_WEEKS - 1)) == []
    assert found(frame, began=MONDAY - timedelta(weeks=FEWEST_WEEKS)) == [
        (date(2026, 9, 15), False)
    ]
    assert found(frame, began=None) == []


@pytest.mark.parametrize("zone", ["America/Santiago", "Atlantic/Azores", "America/Havana"])
def test_days_are_those_of_the_zone(zone: str) -> None:
    """In Santiago the midnight of September 6 does not exist."""
    area = ZoneInfo(zone)
    assert found(weekdays(100, 100, area, d2026_09_15=1), zone=area) == [(date(2026, 9, 15), False)]


def test_the_range_is_the_median_and_its_deviations() -> None:
    low, high = usual_range([100, 104, 96, 100, 108, 92, 100, 100])
    assert (low, high) == (pytest.approx(70), pytest.approx(130))
    assert usual_range([0] * 8) == (0, 5)
    # A median absolute deviation of 20.
    assert usual_range([60, 80, 100, 120, 140])[1] == pytest.approx(100 + 3 * 1.4826 * 20)
