"""What can be read off a figure: one scale, whole numbers, every bar under a name of its own."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._ui.charts.style import count_axis, state_marker
from pages._ui.charts.time_axis import mark_layout, marks_of
from pages._ui.outcomes.duration_figures import duration_figure, durations_time_figure
from pages._ui.outcomes.errors_figure import errors_figure
from pages._ui.outcomes.goal_lines import GoalLine, goal_lines
from pages._ui.outcomes.numbers import course, status_rows
from pages._ui.outcomes.rate_figure import rate_figure
from pages._ui.outcomes.source_figures import source_figure
from pages._ui.outcomes.status_figure import status_figure
from pages._ui.words.outcomes import bucket_name, note_on_parts
from pages._ui.words.states import QUERY_STATES
from services.outcomes.buckets import day_start
from services.outcomes.outcomes import OutcomeView
from services.outcomes.periods import legible_buckets, period_of
from services.outcomes.tables import status_over_time
from services.outcomes.usual_range import Unusual
from services.store.tables import Annotation, Goal
from tests.outcomes.test_buckets import ZONES, ZoneInfo

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
VIEW = OutcomeView(period_of(30, NOW, NEW_YORK), "day", NEW_YORK)


def over_time(days: int, bucket: str, zone: ZoneInfo = NEW_YORK) -> pd.DataFrame:
    """Every five hours a query of treatment, and one of seven of IAS."""
    period = period_of(days, NOW, zone)
    times = pd.date_range(period.since, period.now, freq="5h", tz="UTC")
    queries = pd.DataFrame(
        {
            "start": times,
            "purpose": ["treatment" if number % 7 else "ias" for number in range(len(times))],
            "outcome": [["completed", "failed", "on-hold"][n % 3] for n in range(len(times))],
            "n": 1,
        }
    )
    return status_over_time(queries, bucket, zone.key, period.since, period.until, period.now)


def test_treatment_and_ias_have_one_scale() -> None:
    figure = status_figure(over_time(30, "day"), "day", dark=False)
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert figure.layout.yaxis.dtick == figure.layout.yaxis2.dtick
    titles = [title.text for title in figure.layout.annotations]
    assert titles[0].startswith("Treatment: ") and titles[1].startswith("IAS: ")


@given(st.floats(0, 1e7))
def test_counts_have_few_ticks_at_whole_numbers(most: float) -> None:
    axis = count_axis(most)
    assert axis["dtick"] == int(axis["dtick"]) >= 1 and axis["tick0"] == 0
    assert axis["range"][0] == 0 and axis["range"][1] >= most
    assert axis["range"][1] / axis["dtick"] < 6


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("days", [1, 7, 30, 90])
def test_every_legible_chart_names_few_of_its_bars_and_places_all(days: int, dark: bool) -> None:
    for bucket in legible_buckets(days):
        table = over_time(days, bucket)
        figure = status_figure(table, bucket, dark=dark)
        places = {start: place for place, start in enumerate(table["start"].unique())}
        counted = table[table["queries"] > 0]["start"].unique()
        assert {place for bar in figure.data for place in bar.x} == {places[at] for at in counted}
        assert figure.layout.xaxis.range == (-0.6, len(places) - 0.4)
        assert len(figure.layout.xaxis.ticktext) <= 10
        assert len(set(figure.layout.xaxis.ticktext)) == len(figure.layout.xaxis.ticktext)
        assert not figure.layout.showlegend


def test_bars_are_stacked_in_one_order_and_painted_as_their_state() -> None:
    figure = status_figure(over_time(30, "day"), "day", dark=True)
    assert [bar.name for bar in figure.data] == ["Completed", "Failed", "on-hold"] * 2
    failed = state_marker(QUERY_STATES, "failed", dark=True)
    assert figure.data[1].marker.color == failed["color"]
    assert figure.data[1].marker.pattern.shape == failed["pattern"]["shape"] == "/"


def test_an_hour_that_comes_twice_has_two_bars_with_names_of_their_own() -> None:
    """Clocks went from 02:00 back to 01:00 on November 1."""
    since = day_start(datetime(2026, 11, 1).date(), NEW_YORK)
    times = pd.Series([since + timedelta(hours=hour) for hour in range(25)])
    queries = pd.DataFrame({"start": times, "purpose": "ias", "outcome": "completed", "n": 1})
    until = since + timedelta(hours=25)
    (bar,) = status_figure(
        status_over_time(queries, "hour", NEW_YORK.key, since, until), "hour", dark=False
    ).data
    assert list(bar.y) == [1] * 25 and len(set(bar.x)) == 25
    assert bar.hovertext[1:3] == ("Sun, Nov 1, 01:00 EDT", "Sun, Nov 1, 01:00 EST")


@pytest.mark.parametrize("zone", ["America/Havana", "Atlantic/Azores", "Australia/Lord_Howe"])
@pytest.mark.parametrize("bucket", ["day", "week"])
def test_no_two_bars_have_one_name(zone: str, bucket: str) -> None:
    assert zone in ZONES
    starts = over_time(90, bucket, ZoneInfo(zone))["start"].unique()
    names = [bucket_name(start, bucket) for start in starts]
    assert len(set(names)) == len(names)


def test_a_week_ends_on_its_sunday_although_clocks_change_in_it() -> None:
    start = pd.Timestamp("2026-10-26", tz="America/New_York")
    assert bucket_name(start, "week") == "Mon, Oct 26 to Sun, Nov 1"
    assert bucket_name(start, "week", whole=False).endswith("(in part)")


def test_bars_of_which_the_period_has_a_part_are_told() -> None:
    told = note_on_parts(over_time(90, "week"), "week")
    assert told == "The first week lies only partly in this period. The last week is not over."
    assert note_on_parts(over_time(7, "day"), "day") == "The last day is not over."
    assert note_on_parts(over_time(1, "hour"), "hour") == ""


def test_the_numbers_say_what_the_bars_say() -> None:
    table = over_time(30, "day")
    figure = status_figure(table, "day", dark=False)
    drawn = sorted(
        (name, bar.name, int(height))
        for bar in figure.data
        for name, height in zip(bar.hovertext, bar.y, strict=True)
        if height
    )
    rows = status_rows(table, VIEW)
    assert sorted((row.cells[0], row.cells[2].label, row.cells[-1]) for row in rows) == drawn


def test_a_source_says_how_many_queries_it_completed() -> None:
    table = pd.DataFrame(
        {
            "type": ["hie", "hie"],
            "purpose": ["ias", "ias"],
            "result": ["failed", "completed"],
            "queries": [1, 3],
            "share": [0.25, 0.75],
        }
    )
    figure = source_figure(table, dark=False)
    assert figure.layout.yaxis.ticktext == ("HIE, IAS: 75% of 4",)
    assert [bar.name for bar in figure.data] == ["Completed", "Failed"]


def test_texts_of_durations_lie_on_three_sides_and_repeat_nothing() -> None:
    table = pd.DataFrame(
        {
            "type": ["hie"],
            "purpose": ["ias"],
            "median": [40.0],
            "p90": [40.2],
            "p99": [90.0],
            "attempts": [9],
        }
    )
    marks = duration_figure(table, dark=False).data[1:]
    assert [mark.text for mark in marks] == [("40 s",), ("",), ("1 min 30 s",)]
    assert len({mark.textposition for mark in marks}) == 3
    assert len({mark.marker.symbol for mark in marks}) == 3


def test_two_errors_that_begin_alike_are_two_bars() -> None:
    long = "x" * 80
    table = pd.DataFrame(
        {
            "where": "lab",
            "error": [f"{long}1", f"{long}2"],
            "status": [None, 429.0],
            "queries": 2,
            "purpose": "ias",
            "first": 0,
            "last": 29,
        }
    )
    table["trend"] = [[1] + [0] * 28 + [1]] * 2
    bars, captions, *courses = errors_figure(table, VIEW, dark=False).data
    assert captions.text == ("IAS, first seen Oct 29, last Nov 27",) * 2
    assert [len(line.x) for line in courses] == [30, 30]
    assert len(set(bars.y)) == 2
    assert bars.customdata[0][2] == 429 and bars.customdata[1][2] is None


def test_an_unusual_day_has_a_triangle_that_says_what_is_usual() -> None:
    table = over_time(30, "day")
    day = table["start"].unique()[3]
    marked = [Unusual(day.to_pydatetime(), "ias", 0, 10.0, 20.0)]
    figure = status_figure(table, "day", dark=False, unusual=marked)
    (mark,) = [trace for trace in figure.data if trace.type == "scatter"]
    assert list(mark.x) == [3] and mark.marker.symbol == ("triangle-down",)
    assert mark.hovertext[0].endswith("0 queries, usual on this weekday: 10 to 20")
    assert mark.customdata is None


def test_annotations_stand_where_they_happened() -> None:
    """Bars stand at whole numbers and begin half before them."""
    edges = VIEW.edges
    happened = [
        Annotation(at=NOW - timedelta(days=400), kind="release", text="too early"),
        Annotation(at=edges[5] + timedelta(hours=12), kind="release", text="2.1"),
        Annotation(at=edges[2], until=edges[3], kind="outage", text="down"),
        Annotation(at=VIEW.period.until, kind="campaign", text="too late"),
    ]
    first, second = marks_of(happened, edges, VIEW.period.until, NEW_YORK)
    assert (first.letter, first.first, first.last) == ("A", 1.5, 2.5)
    assert (second.letter, second.first) == ("B", 5.0)
    assert second.words == "Nov 3, 2026, 12:00:00 EST: Release. 2.1"
    layout = mark_layout([first, second], dark=True)
    assert [shape["x0"] for shape in layout["shapes"]] == [1.5, 5.0]
    assert marks_of(happened, [], VIEW.period.until, NEW_YORK) == []


def test_goals_of_this_page_are_lines_on_its_charts() -> None:
    goals = [
        Goal(measure="completed_per_ended_ias", at_least=True, target=0.9),
        Goal(measure="p90_hours_treatment", at_least=False, target=0.5),
        Goal(measure="verified_per_opened", at_least=True, target=0.6),
        Goal(measure="of a later version", at_least=True, target=0.6),
    ]
    lines = goal_lines(goals)
    assert lines.completed == {"ias": GoalLine(0.9, "at least 90.0%")}
    assert lines.p90 == {"treatment": GoalLine(1800, "at most 0.5 h")}
    table = pd.DataFrame(
        {"purpose": ["ias"], "ended": [4], "completed": [3], "rate": [0.75], "place": [2]}
    )
    figure = rate_figure(table, VIEW, dark=False, goals=lines.completed)
    (line,) = figure.layout.shapes
    assert (line.y0, line.y1, line.yref) == (0.9, 0.9, "y")
    assert (
        figure.layout.annotations[0].text
        == "IAS: 75.0% of 4 that ended; goal (dashed): at least 90.0%"
    )
    times = pd.DataFrame(
        {"type": ["hie"], "purpose": ["treatment"], "place": [0], "median": [5.0], "p90": [9.0],
         "p99": [9.0], "attempts": [3]}
    )  # fmt: skip
    drawn = durations_time_figure(times, VIEW, dark=False, goals=lines.p90)
    assert drawn.layout.shapes[0].y0 == 1800
    assert drawn.layout.yaxis.range[1] > 3.25


def test_a_hidden_percentile_has_no_mark() -> None:
    table = pd.DataFrame(
        {"type": ["hie"], "purpose": ["ias"], "median": [40.0], "p90": [float("nan")],
         "p99": [float("nan")], "attempts": [20]}
    )  # fmt: skip
    marks = duration_figure(table, dark=False).data[1:]
    assert [mark.text for mark in marks] == [("40 s",), ("",), ("",)]
    assert marks[2].x == (None,)


def test_a_course_is_a_line_of_small_bars() -> None:
    assert course([0, 1, 8]) == " ▁█"
    assert course([]) == "" and course([0, 0]) == "  "
    assert len(course(list(range(400)))) <= 31
