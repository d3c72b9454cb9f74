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
COLUMNS = ["start", "purpose", "status", "queries", "since", "until", "whole"]


def facts(queries: list[tuple], sources: list[tuple], of: str = "") -> OutcomeFacts:
    """Each source is of a query of its own, or of the one with the letter at its place in `of`."""
    frame = pd.DataFrame(queries, columns=QUERIES)
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], utc=True)
    attempts = pd.DataFrame(sources, columns=SOURCES)
    attempts["seconds"] = attempts["seconds"].astype(float)
    attempts["query"] = list(of) or [str(number) for number in range(len(attempts))]
    attempts["latest"] = True
    return OutcomeFacts(frame, attempts)


NOTHING = facts([], [])


@pytest.mark.parametrize("seconds", [None, 4.0])
def test_a_day_on_which_no_source_completed_yet_is_an_empty_table(seconds: float | None) -> None:
    running = [("treatment", "hie", "processing", seconds, None, None)]
    table = time_to_finish(facts([], running).sources)
    assert table.empty
    assert list(table.columns) == ["type", "median", "p90", "p99", "attempts", "queries"]


def test_nothing_at_all_is_empty_tables_with_every_column() -> None:
    over_time = status_over_time(NOTHING.queries, "day", "UTC", MONDAY, MONDAY + timedelta(days=1))
    assert list(over_time.columns) == COLUMNS
    by_source = success_by_source(NOTHING.sources)
    assert list(by_source.columns) == ["type", "result", "queries", "share"]
    assert "median" in time_to_finish(NOTHING.sources).columns
    assert list(top_errors(NOTHING).columns) == ["where", "error", "status", "queries"]
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
        # The third one completed too, though nobody knows how long it took.
        "queries": 3,
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
    assert lines[0] == {"where": "lab", "error": "slow down", "status": 429.0, "queries": 2}
    assert len(lines) == 2


def test_a_query_that_got_an_error_twice_has_it_once() -> None:
    slow = ("ias", "lab", "failed", None, 429, "slow down")
    (line,) = top_errors(facts([], [slow, slow, slow], of="aab")).to_dict("records")
    assert line["queries"] == 2


def test_an_error_without_words_is_none() -> None:
    silent = ("ias", "lab", "failed", None, 500, "")
    assert top_errors(facts([], [silent])).empty


def test_a_query_counts_once_for_each_source_by_its_latest_attempts() -> None:
    attempts = [
        ("ias", "hie", "completed", None, None, None),
        ("ias", "hie", "failed", None, None, None),
        ("ias", "hie", "completed", None, None, None),
        ("ias", "hie", "failed", None, None, None),
        ("ias", "hie", "completed", None, None, None),
    ]
    # Query a has two providers that ended differently; an older attempt of query b failed.
    sources = facts([], attempts, of="aabbc").sources
    sources.loc[3, "latest"] = False
    table = success_by_source(sources).set_index("result")
    assert table["queries"].to_dict() == {"completed": 2, "mixed": 1}
    assert table["share"].sum() == pytest.approx(1)


def test_the_part_of_a_week_that_lies_in_the_period_is_known() -> None:
    since, until = MONDAY + timedelta(days=2), MONDAY + timedelta(days=10)
    queries = facts([(since, "ias", "completed", None, None)], []).queries
    table = status_over_time(queries, "week", "UTC", since, until, now=until - timedelta(hours=1))
    assert list(table["start"]) == [MONDAY, MONDAY + timedelta(days=7)]
    assert list(table["since"]) == [since, MONDAY + timedelta(days=7)]
    assert list(table["until"]) == [MONDAY + timedelta(days=7), until]
    assert list(table["whole"]) == [False, False]
    over = status_over_time(queries, "week", "UTC", MONDAY, MONDAY + timedelta(days=7))
    assert list(over["whole"]) == [True]


def test_rates_are_of_what_ended() -> None:
    figures = headline(
        facts(
            [(MONDAY, "ias", "completed", None, None), (MONDAY, "ias", "x", None, None)], []
        ).queries
    )
    assert (figures.queries, figures.ended, figures.completed_rate) == (2, 1, 1.0)
