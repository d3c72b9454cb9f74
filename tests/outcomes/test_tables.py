"""The tables behind the charts, down to a log that holds nothing for them yet."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from services.outcomes.durations import distribution, time_to_finish, times_over_time
from services.outcomes.errors import top_errors
from services.outcomes.frames import NO_RECORDS, without_records_apart
from services.outcomes.small_cells import SmallCells
from services.outcomes.tables import (
    by_facility,
    completed_by_records,
    completed_over_time,
    headline,
    headlines,
    sources_over_time,
    status_over_time,
    success_by_source,
)
from tests.outcomes.frames import counts, times

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
STATUS, SOURCES = "start purpose outcome n", "start type result purpose n"
ERRORS = "start where error status purpose n"
FACILITIES, RECORDS = "start facility purpose outcome n", "start purpose records n"
COLUMNS = ["start", "purpose", "status", "queries", "since", "until", "whole"]


def test_nothing_at_all_is_empty_tables_with_every_column() -> None:
    over_time = status_over_time(counts(STATUS), "day", "UTC", MONDAY, TUESDAY)
    assert list(over_time.columns) == COLUMNS
    nothing = counts(SOURCES)
    tables = {
        "type purpose result queries share": success_by_source(nothing),
        "start type purpose queries ended completed rate place": sources_over_time(
            nothing, [MONDAY]
        ),
        "type purpose median p90 p99 attempts queries": time_to_finish(times(), nothing),
        "start place type purpose median p90 p99 attempts": times_over_time(times(), [MONDAY]),
        "type purpose low high attempts share": distribution(times()),
        "where error status purpose queries first last trend": top_errors(counts(ERRORS), [MONDAY]),
        "facility purpose queries completed partial hidden failed rejected not_answered": (
            by_facility(counts(FACILITIES))
        ),
        "purpose records queries share": completed_by_records(counts(RECORDS)),
        "start purpose ended completed rate place": completed_over_time(counts(STATUS), [MONDAY]),
    }
    for columns, table in tables.items():
        assert list(table.columns) == columns.split() and table.empty
    figures = headline(counts(STATUS))
    assert (figures.queries, figures.completed_rate, figures.ias_share) == (0, None, None)
    assert headlines(counts(STATUS)) == {}


def test_a_day_on_which_no_source_completed_yet_is_an_empty_table() -> None:
    running = counts(SOURCES, (MONDAY, "hie", "processing", "treatment", 3))
    assert time_to_finish(times(), running).empty
    (line,) = sources_over_time(running, [MONDAY]).to_dict("records")
    assert line["queries"] == 3 and line["ended"] == 0 and pd.isna(line["rate"])


def test_durations_are_of_attempts_and_queries_of_completed_sources() -> None:
    sources = counts(
        SOURCES,
        (MONDAY, "hie", "completed", "ias", 2),
        (TUESDAY, "hie", "completed", "ias", 1),
        (MONDAY, "hie", "failed", "ias", 7),
    )
    read = times((MONDAY, "hie", "ias", [10.0, 30.0]), (TUESDAY, "hie", "ias", [90.0]))
    (line,) = time_to_finish(read, sources).to_dict("records")
    assert line["median"] == pytest.approx(30, rel=0.02)
    assert line["p90"] == line["p99"] == pytest.approx(90, rel=0.02)
    assert (line["attempts"], line["queries"]) == (3, 3)
    course = times_over_time(read, [MONDAY, TUESDAY])
    assert list(course["place"]) == [0, 1] and list(course["attempts"]) == [2, 1]


def test_treatment_and_ias_are_never_added_up() -> None:
    read = times((MONDAY, "hie", "ias", [10.0]), (MONDAY, "hie", "treatment", [20.0]))
    assert len(time_to_finish(read, counts(SOURCES))) == 2
    sources = counts(
        SOURCES, (MONDAY, "hie", "failed", "ias", 1), (MONDAY, "hie", "failed", "treatment", 1)
    )
    assert list(success_by_source(sources)["share"]) == [1.0, 1.0]
    errors = counts(
        ERRORS,
        (MONDAY, "lab", "slow", 429, "ias", 1),
        (MONDAY, "lab", "slow", 429, "treatment", 2),
    )
    assert list(top_errors(errors, [MONDAY])["queries"]) == [2, 1]


def test_the_distribution_has_columns_of_one_ratio_without_gaps() -> None:
    table = distribution(times((MONDAY, "hie", "ias", [0.0, 1.0, 10.0, 1000.0, 1e9])))
    assert table["attempts"].sum() == 5 and table["share"].sum() == pytest.approx(1)
    assert (table["high"] / table["low"]).round(6).nunique() == 1
    assert list(table["low"][1:].round(9)) == list(table["high"][:-1].round(9))


def test_percentiles_of_a_few_are_hidden_where_small_groups_are() -> None:
    read = times((MONDAY, "hie", "ias", [10.0] * 20), (MONDAY, "lab", "ias", [5.0] * 3))
    (line,) = time_to_finish(read, counts(SOURCES), SmallCells(5)).to_dict("records")
    assert line["type"] == "hie" and line["attempts"] == 20
    assert line["median"] == pytest.approx(10, rel=0.02) and pd.isna(line["p99"])
    spread = distribution(read, SmallCells(5))
    assert set(spread["type"]) == {"hie"} and spread["share"].sum() == pytest.approx(1)


def test_gaps_are_shown_as_zero() -> None:
    queries = counts(
        STATUS,
        (MONDAY, "ias", "completed", 1),
        (MONDAY + timedelta(days=2), "ias", "completed", 1),
    )
    table = status_over_time(queries, "day", "UTC", MONDAY, MONDAY + timedelta(days=3))
    assert list(table["queries"]) == [1, 0, 1]
    assert str(table["start"].dt.tz) == "UTC" and table["start"].iloc[1].day == 15


def test_errors_keep_where_they_came_from_and_their_course() -> None:
    errors = counts(
        ERRORS,
        (MONDAY, "query", "ForbiddenError", 403, "ias", 1),
        (MONDAY, "lab", "slow down", 429, "ias", 1),
        (TUESDAY, "lab", "slow down", 429, "ias", 2),
        (TUESDAY, "lab", "no reason", None, "ias", 1),
    )
    table = top_errors(errors, [MONDAY, TUESDAY])
    first = table.iloc[0].to_dict()
    assert (first["where"], first["status"], first["queries"]) == ("lab", 429, 3)
    assert (first["first"], first["last"], first["trend"]) == (0, 1, [1, 2])
    unknown = table[table["error"] == "no reason"].iloc[0]
    assert pd.isna(unknown["status"]) and (unknown["first"], unknown["last"]) == (1, 1)
    assert len(top_errors(errors, [MONDAY, TUESDAY], most=2)) == 2


def test_what_is_no_success_is_not_among_the_completed() -> None:
    status = counts(STATUS, (MONDAY, "ias", "completed", 5), (MONDAY, "ias", "hidden_failure", 2))
    records = counts(RECORDS, (MONDAY, "ias", "none", 3), (MONDAY, "ias", "some", 2))
    apart = without_records_apart(status, records)
    assert dict(zip(apart["outcome"], apart["n"], strict=True)) == {
        "completed": 2, NO_RECORDS: 3, "hidden_failure": 2,
    }  # fmt: skip
    figures = headline(apart)
    assert figures.completed_rate == 2 / 7 and figures.queries == figures.ended == 7
    assert figures.number(NO_RECORDS, "hidden_failure") == 5
    all_empty = without_records_apart(
        counts(STATUS, (MONDAY, "ias", "completed", 3)), counts(RECORDS, (MONDAY, "ias", "none", 3))
    )
    assert list(all_empty["outcome"]) == [NO_RECORDS]


def test_the_part_of_a_week_that_lies_in_the_period_is_known() -> None:
    since, until = MONDAY + timedelta(days=2), MONDAY + timedelta(days=10)
    queries = counts(STATUS, (since, "ias", "completed", 1))
    table = status_over_time(queries, "week", "UTC", since, until, now=until - timedelta(hours=1))
    assert list(table["start"]) == [MONDAY, MONDAY + timedelta(days=7)]
    assert list(table["since"]) == [since, MONDAY + timedelta(days=7)]
    assert list(table["until"]) == [MONDAY + timedelta(days=7), until]
    assert list(table["whole"]) == [False, False]
    over = status_over_time(queries, "week", "UTC", MONDAY, MONDAY + timedelta(days=7))
    assert list(over["whole"]) == [True]


def test_rates_are_of_what_ended() -> None:
    found = counts(
        STATUS,
        (MONDAY, "ias", "completed", 1),
        (MONDAY, "ias", "x", 1),
        (MONDAY, "treatment", "unconfirmed", 2),
    )
    figures = headline(found)
    assert (figures.queries, figures.ended, figures.completed_rate) == (4, 1, 1.0)
    assert figures.ias_share == 0.5 and figures.number("unconfirmed") == 2
    apart = headlines(found)
    assert apart["treatment"].completed_rate is None and apart["ias"].queries == 2
    (line,) = completed_over_time(found, [MONDAY]).to_dict("records")
    assert (line["purpose"], line["ended"], line["rate"]) == ("ias", 1, 1.0)


def test_a_facility_that_is_none_is_one_of_its_own() -> None:
    table = by_facility(
        counts(
            FACILITIES,
            (MONDAY, None, "ias", "completed", 2),
            (MONDAY, "f-1", "ias", "unconfirmed", 1),
            (MONDAY, "f-1", "ias", "not_started", 4),
            (MONDAY, "f-1", "ias", "on-hold", 1),
        )
    )
    first, second = table.to_dict("records")
    assert (first["facility"], first["queries"], first["not_answered"]) == ("f-1", 6, 5)
    assert pd.isna(second["facility"]) and second["completed"] == 2
