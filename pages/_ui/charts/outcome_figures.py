"""The figures of the Outcomes page, made from the tables of `services.outcomes`.

Every figure can be made from a table without rows. Marks carry what they stand for as
`customdata`, as it came; what is written on a figure is `chart_text`.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import (
    chart_colour,
    count_axis,
    make_figure,
    named_rows,
    ordered,
    state_colour,
    state_marker,
)
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outcomes import (
    SOURCE_RESULTS,
    bucket_name,
    bucket_tick,
    error_name,
    purposes_in_order,
)
from pages._ui.words.outside import chart_text
from pages._ui.words.states import QUERY_STATES, label
from pages._ui.words.times import duration
from services.queries.status import COMPLETED, FAILED

_PERCENTILES = {
    "median": ("Median", "circle", "top left"),
    "p90": ("90th percentile", "diamond", "bottom center"),
    "p99": ("99th percentile", "triangle-right", "top right"),
}
"""Column, name, symbol and place of the text of each mark.

However near the marks are, no text lies over another one: left and right of it above the line, and
the one in the middle below.
"""

PERCENTILE_SIGNS = {"●": "Median", "◆": "90th percentile", "▶": "99th percentile"}
"""The same symbols as text, for the legend."""

_TICKS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
"""Seconds that the axis of durations names."""

Line = dict[Any, Any]
"""A row of a table: its columns by name."""

_LONGEST_ERROR = 56
_MOST_LABELS = 10
_LABEL_STEPS = (1, 2, 3, 6, 7, 14)
"""Bars from one label of the time axis to the next: hours in parts of a day, days in weeks."""


def status_figure(table: pd.DataFrame, bucket: str, *, dark: bool) -> go.Figure:
    """Queries per bucket, stacked by status; a row, of the same scale, for each purpose of use."""
    purposes = purposes_in_order(table["purpose"])
    buckets = _buckets(table, bucket)
    # A bar of no height shows nothing, and takes as long to draw as another.
    lines = table[table["queries"] > 0].to_dict("records")
    most = _highest(lines)
    fixed = {"automargin": False}
    axes = {"xaxis": _time_axis([one.start for one in buckets], bucket) | fixed}
    bars, titles = [], []
    for row, (purpose, domain) in enumerate(zip(purposes, _rows(len(purposes)), strict=True)):
        # Plotly's first axis has no number. All rows share the axis of time, below the last.
        number = row + 1 if row else ""
        axes[f"yaxis{number}"] = count_axis(most) | fixed | {"domain": domain}
        axes["xaxis"]["anchor"] = f"y{number}"
        of_purpose = [line for line in lines if line["purpose"] == purpose]
        titles.append(_purpose_title(purpose, of_purpose, domain[1]))
        bars += [bar | {"yaxis": f"y{number}"} for bar in _purpose_bars(of_purpose, buckets, dark)]
    height = 70 + 170 * max(len(purposes), 1)
    # Of numbers and dates the room is known: Plotly would draw once more after measuring them.
    margin = {"l": 14 + 8 * len(f"{most:,}"), "r": 24, "t": 28, "b": 28}
    stacked = {"barmode": "stack", "bargap": 0.15, "annotations": titles, "margin": margin}
    return make_figure(bars, axes, height, dark=dark, **stacked)


def _highest(lines: Sequence[Line]) -> int:
    """The height of the highest bar, all statuses together."""
    heights: Counter[tuple[str, pd.Timestamp]] = Counter()
    for line in lines:
        heights[line["purpose"], line["start"]] += line["queries"]
    return max(heights.values(), default=0)


@dataclass(frozen=True)
class _Bucket:
    """A place on the axis of time: its start, its name, and the part of it that is counted."""

    start: pd.Timestamp
    name: str
    bounds: tuple[str, str]


def _buckets(table: pd.DataFrame, bucket: str) -> list[_Bucket]:
    lines = table.drop_duplicates("start").sort_values("start").to_dict("records")
    return [
        _Bucket(
            line["start"],
            bucket_name(line["start"], bucket, whole=line["whole"]),
            (line["since"].isoformat(), line["until"].isoformat()),
        )
        for line in lines
    ]


def _rows(number: int) -> list[tuple[float, float]]:
    """The lower and the upper end of each of so many rows of a figure, from the top down to 0."""
    if number == 0:
        return []
    # With many rows the usual gap would leave none of the height.
    gap = min(0.14, 0.4 / number)
    height = (1 - gap * (number - 1)) / number
    tops = [1 - row * (height + gap) for row in range(number)]
    return [(max(top - height, 0), top) for top in tops]


def _purpose_title(purpose: str, lines: Sequence[Line], top: float) -> dict[str, Any]:
    queries = sum(line["queries"] for line in lines)
    return {
        "text": chart_text(f"{purpose_name(purpose)}: {queries:,} queries"),
        **{"x": 0, "xref": "paper", "xanchor": "left"},
        **{"y": top, "yref": "paper", "yanchor": "bottom"},
        "showarrow": False,
    }


def _purpose_bars(
    lines: Sequence[Line], buckets: Sequence[_Bucket], dark: bool
) -> Iterator[dict[str, Any]]:
    places = {one.start: place for place, one in enumerate(buckets)}
    for status in ordered(line["status"] for line in lines):
        of_status = [line for line in lines if line["status"] == status]
        # By number and not by time: an hour that comes twice is two bars, and all of one width.
        at = [places[line["start"]] for line in of_status]
        purpose = of_status[0]["purpose"]
        yield {
            "type": "bar",
            "x": at,
            "y": [line["queries"] for line in of_status],
            "name": chart_text(label(QUERY_STATES, status)),
            "marker": state_marker(QUERY_STATES, status, dark=dark),
            "customdata": [(purpose, status, *buckets[place].bounds) for place in at],
            "hovertext": [buckets[place].name for place in at],
            "hovertemplate": "%{y:,} %{fullData.name}<extra>%{hovertext}</extra>",
        }


def _time_axis(starts: list[Any], bucket: str) -> dict[str, Any]:
    steps = (step for step in _LABEL_STEPS if len(starts) / step <= _MOST_LABELS)
    named = range(0, len(starts), next(steps, _LABEL_STEPS[-1]))
    return {
        "range": [-0.6, len(starts) - 0.4],
        "tickvals": list(named),
        "ticktext": [bucket_tick(starts[place], bucket) for place in named],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
    }


def source_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The share of each result per source type, as one bar of 100 % each."""
    types = sorted(table["type"].unique(), reverse=True)
    lines = table.to_dict("records")
    bars = [_source_bar(lines, types, result, dark) for result in ordered(table["result"])]
    names = [
        _source_title(kind, [line for line in lines if line["type"] == kind]) for kind in types
    ]
    axes = {
        "xaxis": {"tickformat": ".0%", "range": [0, 1], "dtick": 0.25, "tickangle": 0},
        "yaxis": named_rows(names),
    }
    height = _rows_height(len(types))
    return make_figure(bars, axes, height, dark=dark, barmode="stack", bargap=0.35)


def _source_title(kind: str, lines: Sequence[Line]) -> str:
    completed = sum(line["share"] for line in lines if line["result"] == COMPLETED)
    queries = sum(line["queries"] for line in lines)
    return chart_text(f"{source_name(kind)}: {completed:.0%} of {queries:,}")


def _source_bar(lines: Sequence[Line], types: list[str], result: str, dark: bool) -> dict[str, Any]:
    bars = [line for line in lines if line["result"] == result]
    return {
        "type": "bar",
        "y": [str(types.index(bar["type"])) for bar in bars],
        "x": [bar["share"] for bar in bars],
        "orientation": "h",
        "name": chart_text(label(SOURCE_RESULTS, result)),
        "marker": state_marker(SOURCE_RESULTS, result, dark=dark),
        "customdata": [(bar["type"], result, bar["queries"]) for bar in bars],
        "hovertemplate": "%{customdata[2]:,} queries, %{x:.1%}<extra>%{fullData.name}</extra>",
    }


def duration_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Median, 90th and 99th percentile of seconds to finish per source type, on a log axis."""
    rows = table.sort_values("type", ascending=False).to_dict("records")
    names = [chart_text(source_name(line["type"])) for line in rows]
    axes = {"xaxis": _duration_axis(table), "yaxis": named_rows(names)}
    marks = [_duration_marks(rows, column, dark) for column in _PERCENTILES]
    return make_figure([_duration_lines(rows), *marks], axes, _rows_height(len(rows)), dark=dark)


def _duration_axis(table: pd.DataFrame) -> dict[str, Any]:
    ticks = {"tickvals": _TICKS, "ticktext": [duration(seconds) for seconds in _TICKS]}
    if table.empty:
        return {"type": "log", **ticks}
    # Room for the text on both sides of the marks.
    fastest, slowest = max(table["median"].min(), 0.1) / 3, max(table["p99"].max(), 0.1) * 4
    # The bounds of a log axis are given as powers of ten.
    powers = [math.log10(fastest), math.log10(slowest)]
    return {"type": "log", "range": powers, "tickangle": 0, **ticks}


def _duration_lines(rows: Sequence[Line]) -> dict[str, Any]:
    """A line for each row, from the first to the last of its marks."""
    return {
        "type": "scatter",
        # A place without a number ends a line.
        "x": [x for line in rows for x in (line["median"], line["p99"], None)],
        "y": [str(row) for row in range(len(rows)) for _ in range(3)],
        "mode": "lines",
        "line": {"width": 2, "color": "rgba(128,140,148,0.55)"},
        "hoverinfo": "skip",
    }


def _duration_marks(rows: Sequence[Line], column: str, dark: bool) -> dict[str, Any]:
    name, symbol, place = _PERCENTILES[column]
    return {
        "type": "scatter",
        "x": [line[column] for line in rows],
        "y": [str(row) for row in range(len(rows))],
        "mode": "markers+text",
        "name": name,
        # One colour: a median is no better a state than a percentile. Their shapes differ.
        "marker": {"size": 11, "symbol": symbol, "color": chart_colour("blue", dark=dark)},
        "text": _texts(rows, column),
        "textposition": place,
        "cliponaxis": False,
        "customdata": [(line["type"], column, line["attempts"]) for line in rows],
        "hovertext": [duration(line[column]) for line in rows],
        "hovertemplate": f"{name} of %{{customdata[2]:,}} attempts: %{{hovertext}}<extra></extra>",
    }


def _texts(rows: Sequence[Line], column: str) -> list[str]:
    """What is written beside the marks; one that lies on the mark before it repeats nothing."""
    before = {"p90": "median", "p99": "p90"}.get(column)
    texts = [(duration(line[column]), duration(line[before]) if before else "") for line in rows]
    return ["" if text == same else text for text, same in texts]


def errors_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The most frequent errors, longest bar on top; every bar has its number written beside it."""
    upward = table.iloc[::-1].to_dict("records")
    bars = {
        "type": "bar",
        "x": [line["queries"] for line in upward],
        "y": [str(row) for row in range(len(upward))],
        "orientation": "h",
        "marker": {"color": state_colour(QUERY_STATES, FAILED, dark=dark)},
        "text": [f"{line['queries']:,}" for line in upward],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [(line["where"], line["error"], _status(line)) for line in upward],
        "hovertext": [chart_text(line["error"]) for line in upward],
        "hovertemplate": "%{hovertext}<br>%{x:,} queries<extra></extra>",
    }
    # The numbers stand beside the bars, so the axis would say them twice.
    axes = {"xaxis": {"visible": False}, "yaxis": named_rows([*map(_error_title, upward)])}
    return make_figure([bars], axes, 20 + 34 * max(len(upward), 2), dark=dark)


def _error_title(line: Line) -> str:
    name = error_name(line["where"], line["error"], _status(line))
    return chart_text(name if len(name) <= _LONGEST_ERROR else name[: _LONGEST_ERROR - 1] + "…")


def _status(line: Line) -> int | None:
    return int(line["status"]) if pd.notna(line["status"]) else None


def _rows_height(rows: int) -> int:
    """Pixels for a bar of each row, and for the axis."""
    return 40 + 46 * max(rows, 2)
