"""Tables of charts for paper: a picture tells no sum that is none."""

import pandas as pd

from services.outcomes.chart_files.chart_table import (
    ChartTable,
    lines,
    plain,
    stacked,
    without_zeros,
)

FRAME = pd.DataFrame(
    [(place, f"s{series}", 10 - series) for place in (1, 2) for series in range(7)],
    columns=["at", "name", "n"],
)
NAMES = ("at", "name", "n")


def test_the_smallest_columns_are_drawn_as_one() -> None:
    picture = stacked("Title", FRAME, NAMES, str, stacked=True)
    assert picture.chart.series == {
        "s0": [10, 10], "s1": [9, 9], "s2": [8, 8], "s3": [7, 7], "all others": [15, 15],
    }  # fmt: skip
    assert picture.chart.labels == ["1", "2"] and not picture.data()["lines"]


def test_five_are_drawn_as_they_are_in_the_order_of_the_frame() -> None:
    five = FRAME[FRAME["name"] < "s5"].sort_values("n", kind="stable")
    assert list(stacked("Title", five, NAMES, str).chart.series) == ["s4", "s3", "s2", "s1", "s0"]


def test_lines_are_never_added_up() -> None:
    frame = FRAME.assign(rate=0.5)
    picture = lines("Rate", frame, ("at", "name", "rate"), str, "n")
    assert list(picture.chart.series) == ["s0", "s1", "s2", "s3", "s4"]
    assert picture.chart.title == "Rate (the 5 largest)"
    assert picture.chart.series["s0"] == [0.5, 0.5]


def test_a_missing_number_leaves_a_gap() -> None:
    frame = pd.DataFrame({"at": [1, 2], "name": ["a", "b"], "n": [3.0, float("nan")]})
    assert lines("T", frame, NAMES, str, "n").chart.series == {"a": [3, None], "b": [None, None]}


def test_a_hidden_number_is_no_zero() -> None:
    table = ChartTable("retention", ["people", "months_later", "share", "is_whole"],
                       [[0, 0, 0.0, False], [5, 1, 0.5, True]])  # fmt: skip
    assert without_zeros(table).rows == [[None, 0, None, False], [5, 1, 0.5, True]]


def test_cells_are_plain() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64")})
    assert [plain(value) for value in (*frame["a"], float("nan"), pd.NaT, "x", True)] == [
        1, None, None, None, "x", True,
    ]  # fmt: skip
    moment = plain(pd.Timestamp("2026-09-01", tz="UTC"))
    assert type(moment).__name__ == "datetime"
