"""Calls summed up: per operation and over time. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from pages._ui.charts.call_figure import call_rows, calls_figure
from services.calls.statistics import BUCKETS, over_time, per_operation

UNTIL = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)


def calls(*rows: tuple[float, str, str | None, int]) -> pd.DataFrame:
    """Each as minutes ago, path, error, milliseconds."""
    return pd.DataFrame(
        {
            "at": pd.to_datetime([UNTIL - timedelta(minutes=one[0]) for one in rows], utc=True),
            "method": ["GET" for _ in rows],
            "path": [one[1] for one in rows],
            "error_kind": [one[2] for one in rows],
            "duration_ms": [one[3] for one in rows],
        }
    )


def test_operations_are_summed_up_most_called_first() -> None:
    table = per_operation(calls((1, "/a", None, 10), (2, "/b", None, 1), (3, "/a", "broken", 30)))
    assert list(table["path"]) == ["/a", "/b"]
    assert list(table["calls"]) == [2, 1] and list(table["success"]) == [0.5, 1.0]
    assert list(table["median_ms"]) == [20, 1] and list(table["p95_ms"]) == [29, 1]


@pytest.mark.parametrize("period", BUCKETS)
def test_gaps_look_like_gaps(period: timedelta) -> None:
    bucket = BUCKETS[period]
    table = over_time(
        calls((1, "/a", None, 1), (1, "/a", "broken", 1)), UNTIL - period, UNTIL, bucket
    )
    assert table["calls"].sum() == 2
    assert len(table) == 2 * len(table["start"].unique()) >= 2 * period / bucket
    assert table["start"].diff().max() == bucket
    assert set(table["outcome"]) == {"completed", "failed"}


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_tells_failed_calls_by_more_than_colour(dark: bool) -> None:
    table = over_time(calls((1, "/a", "broken", 1)), UNTIL - timedelta(hours=1), UNTIL,
                      timedelta(minutes=2))  # fmt: skip
    fine, failed = calls_figure(table, ZoneInfo("America/New_York"), dark=dark).data
    assert (fine.name, failed.name) == ("Succeeded", "Failed")
    assert sum(failed.y) == 1 and failed.marker.pattern.shape == "/"
    assert str(failed.x[-1]).startswith("2026-09-14T11:30")


def test_the_numbers_of_the_picture_are_the_calls_of_each_bar_newest_first() -> None:
    table = over_time(
        calls((1, "/a", "broken", 1), (9, "/a", None, 1), (9, "/b", None, 1)),
        UNTIL - timedelta(hours=1),
        UNTIL,
        timedelta(minutes=2),
    )
    rows = call_rows(table, ZoneInfo("America/New_York"))
    assert [(row.cells[0], row.cells[1].label, row.cells[2]) for row in rows] == [
        ("Sep 14, 11:28 EDT", "Failed", 1),
        ("Sep 14, 11:20 EDT", "Succeeded", 2),
    ]


def test_counts_of_calls_have_ticks_at_whole_numbers() -> None:
    table = over_time(calls((1, "/a", None, 1)), UNTIL - timedelta(hours=1), UNTIL,
                      timedelta(minutes=2))  # fmt: skip
    axis = calls_figure(table, ZoneInfo("UTC"), dark=False).layout.yaxis
    assert axis.dtick == 1 and axis.range == (0, 1.06)


def test_no_calls_are_no_rows_of_operations() -> None:
    empty = calls()
    empty["at"] = pd.to_datetime(empty["at"], utc=True)
    assert per_operation(empty).empty
