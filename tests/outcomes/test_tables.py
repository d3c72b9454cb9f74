"""The tables behind the charts, down to a log that holds nothing for them yet."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from services.outcomes.outcomes import OutcomeFacts
from services.outcomes.tables import (
    headline,
    status_over_time,
    success_by_source,
    time_to_finish,
    top_errors,
)

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
QUERIES = ("submitted_at", "purpose", "status", "error_title", "error_status")
SOURCES = ("purpose", "type", "status", "seconds", "error_status", "error_message")


def facts(queries: list[tuple], sources: list[tuple]) -> OutcomeFacts:
    frame = pd.DataFrame(queries, columns=QUERIES)
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], utc=True)
    attempts = pd.DataFrame(sources, columns=SOURCES)
    attempts["seconds"] = attempts["seconds"].astype(float)
    return OutcomeFacts(frame, attempts)


NOTHING = facts([], [])


@pytest.mark.parametrize("seconds", [None, 4.0])
def test_a_day_on_which_no_source_completed_yet_is_an_empty_table(seconds: float | None) -> None:
    running = [("treatment", "hie", "processing", seconds, None, None)]
    table = time_to_finish(facts([], running).sources)
    assert table.empty
    assert list(table.columns) == ["type", "median", "p90", "p99", "attempts"]


def test_nothing_at_all_is_empty_tables_with_every_column() -> None:
    over_time = status_over_time(NOTHING.queries, "day", "UTC", MONDAY, MONDAY + timedelta(days=1))
    assert list(over_time.columns) == ["start", "purpose", "status", "queries"]
    by_source = success_by_source(NOTHING.sources)
    assert list(by_source.columns) == ["type", "status", "attempts", "share"]
    assert "median" in time_to_finish(NOTHING.sources).columns
    assert list(top_errors(NOTHING).columns) == ["where", "error", "status", "times"]
    for table in (over_time, by_source, time_to_finish(NOTHING.sources), top_errors(NOTHING)):
        assert table.empty
    figures = headline(NOTHING.queries)
    assert (figures.queries, figures.completed_rate, figures.ias_share) == (0, None, None)


def test_durations_are_of_completed_attempts_with_both_times() -> None:
    attempts = [
        ("ias", "hie", "completed", 10.0, None, None),
        ("ias", "hie", "completed", 30.0, None, None),
        ("ias", "hie", "completed", None, None, None),
        ("ias", "lab", "failed", 5.0, 500, "broken"),
    ]
    (line,) = time_to_finish(facts([], attempts).sources).to_dict("records")
    assert line == {
        "type": "hie",
        "median": 20.0,
        "p90": pytest.approx(28.0),
        "p99": pytest.approx(29.8),
        "attempts": 2,
    }


def test_gaps_are_shown_as_zero() -> None:
    queries = facts(
        [
            (MONDAY, "ias", "completed", None, None),
            (MONDAY + timedelta(days=2), "ias", "completed", None, None),
        ],
        [],
    ).queries
    table = status_over_time(queries, "day", "UTC", MONDAY, MONDAY + timedelta(days=3))
    assert list(table["queries"]) == [1, 0, 1]
    assert str(table["start"].dt.tz) == "UTC" and table["start"].iloc[1].day == 15


def test_errors_are_counted_by_where_they_came_from() -> None:
    errors = facts(
        [(MONDAY, "ias", "rejected", "ForbiddenError", 403)],
        [
            ("ias", "lab", "not_started", None, 429, "slow down"),
            ("ias", "lab", "not_started", None, 429, "slow down"),
            ("ias", "lab", "failed", None, None, "no reason"),
        ],
    )
    lines = top_errors(errors, most=2).to_dict("records")
    assert lines[0] == {"where": "lab", "error": "slow down", "status": 429.0, "times": 2}
    assert len(lines) == 2
