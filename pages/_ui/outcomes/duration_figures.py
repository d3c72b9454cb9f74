"""The figures of how long completed sources took. Pure.

Rows are sources and purposes of use; times are on logarithmic axes.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import chart_colour, make_figure, named_rows
from pages._ui.charts.time_axis import Mark, local, mark_layout, time_axis
from pages._ui.outcomes.goal_lines import GoalLine
from pages._ui.outcomes.rate_figure import goal_shape
from pages._ui.outcomes.source_figures import ROW_HEIGHT, Key, key_name, keys_of
from pages._ui.words.outcomes import bucket_name
from pages._ui.words.outside import chart_text
from pages._ui.words.times import duration
from services.outcomes.outcomes import OutcomeView

_PERCENTILES = {
    "median": ("Median", "circle", "top left", "solid"),
    "p90": ("90th percentile", "diamond", "bottom center", "dash"),
    "p99": ("99th percentile", "triangle-right", "top right", "dot"),
}
"""Column, name, symbol, place of the text of each mark, and how its line over time is drawn.

However near the marks are, no text lies over another one: left and right of it above the line, and
the one in the middle below.
"""

PERCENTILE_SIGNS = {"●": "Median", "◆": "90th percentile", "▶": "99th percentile"}
"""The same symbols as text, for the legend."""

_TICKS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
"""Seconds that the axis of durations names."""

_LEAST = 0.1
"""Seconds at which a logarithmic axis begins at the latest."""

Line = dict[Any, Any]
"""A row of a table: its columns by name."""


def duration_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Median, 90th and 99th percentile of seconds to finish per source and purpose of use."""
    keys = keys_of(table)[::-1]
    by_key = {(line["type"], line["purpose"]): line for line in table.to_dict("records")}
    rows = [by_key[key] for key in keys]
    names = [chart_text(key_name(key)) for key in keys]
    axes = {"xaxis": _duration_axis(table), "yaxis": named_rows(names)}
    marks = [_duration_marks(rows, column, dark) for column in _PERCENTILES]
    height = 40 + 50 * max(len(rows), 2)
    return make_figure([_duration_lines(rows), *marks], axes, height, dark=dark)


def _duration_axis(table: pd.DataFrame) -> dict[str, Any]:
    ticks = {"tickvals": _TICKS, "ticktext": [duration(seconds) for seconds in _TICKS]}
    found = _seconds(table)
    if not found:
        return {"type": "log", **ticks}
    # Room for the text on both sides of the marks.
    fastest, slowest = max(min(found), _LEAST) / 3, max(max(found), _LEAST) * 4
    # The bounds of a log axis are given as powers of ten.
    powers = [math.log10(fastest), math.log10(slowest)]
    return {"type": "log", "range": powers, "tickangle": 0, **ticks}


def _seconds(table: pd.DataFrame) -> list[float]:
    """All percentiles of a table that are known."""
    found = (float(seconds) for name in _PERCENTILES for seconds in table[name])
    return [seconds for seconds in found if not math.isnan(seconds)]


def _duration_lines(rows: Sequence[Line]) -> dict[str, Any]:
    """A line for each row, from the first to the last of its marks."""
    return {
        "type": "scatter",
        # A place without a number ends a line.
        "x": [x for line in rows for x in (_value(line["median"]), _value(line["p99"]), None)],
        "y": [str(row) for row in range(len(rows)) for _ in range(3)],
        "mode": "lines",
        "line": {"width": 2, "color": "rgba(128,140,148,0.55)"},
        "hoverinfo": "skip",
    }


def _duration_marks(rows: Sequence[Line], column: str, dark: bool) -> dict[str, Any]:
    name, symbol, place, _ = _PERCENTILES[column]
    return {
        "type": "scatter",
        "x": [_value(line[column]) for line in rows],
        "y": [str(row) for row in range(len(rows))],
        "mode": "markers+text",
        "name": name,
        # One colour: a median is no better a state than a percentile. Their shapes differ.
        "marker": {"size": 11, "symbol": symbol, "color": chart_colour("blue", dark=dark)},
        "text": _texts(rows, column),
        "textposition": place,
        "cliponaxis": False,
        "customdata": [(line["type"], line["purpose"], column, line["attempts"]) for line in rows],
        "hovertext": [_words(line[column]) for line in rows],
        "hovertemplate": f"{name} of %{{customdata[3]:,}} attempts: %{{hovertext}}<extra></extra>",
    }


def _texts(rows: Sequence[Line], column: str) -> list[str]:
    """What is written beside the marks; one that lies on the mark before it repeats nothing."""
    before = {"p90": "median", "p99": "p90"}.get(column)
    texts = [(_words(line[column]), _words(line[before]) if before else "") for line in rows]
    return ["" if text == same else text for text, same in texts]


def _value(seconds: float) -> float | None:
    """A duration as a logarithmic axis can place it; None where it is hidden or unknown."""
    return None if pd.isna(seconds) else max(seconds, _LEAST)


def _words(seconds: float) -> str:
    return "" if pd.isna(seconds) else duration(seconds)


def durations_time_figure(
    table: pd.DataFrame,
    view: OutcomeView,
    *,
    dark: bool,
    marks: Sequence[Mark] = (),
    goals: Mapping[str, GoalLine] | None = None,
) -> go.Figure:
    """The three percentiles over time; a row, of the same scale, per source and purpose of use.

    `goals` are for the 90th percentile, by purpose of use.
    """
    outside, targets = mark_layout(marks, dark=dark), goals or {}
    shapes = list(outside["shapes"])
    keys, starts = keys_of(table), local(view.edges, view.zone)
    names = [bucket_name(start, view.bucket) for start in starts]
    axes: dict[str, dict[str, Any]] = {
        "xaxis": time_axis(starts, view.bucket) | {"automargin": False}
    }
    lines, titles, traces = table.to_dict("records"), [], []
    for row, key in enumerate(keys):
        number = row + 1 if row else ""
        top = 1 - row / len(keys)
        domain = [top - 0.92 / len(keys), top - 0.26 / len(keys)]
        axes[f"yaxis{number}"] = _vertical_axis(table, targets) | {"domain": domain}
        axes["xaxis"]["anchor"] = f"y{number}"
        titles.append(_row_title(key, top))
        of_key = [line for line in lines if (line["type"], line["purpose"]) == key]
        traces += [trace | {"yaxis": f"y{number}"} for trace in _courses(of_key, names, dark)]
        if goal := targets.get(key[1]):
            shapes.append(goal_shape(goal.target, f"y{number}", dark=dark))
    return make_figure(
        traces,
        axes,
        40 + ROW_HEIGHT * max(len(keys), 1),
        dark=dark,
        annotations=[*titles, *outside["annotations"]],
        shapes=shapes,
        margin={"l": 64, "r": 24, "t": 10, "b": 28},
    )


def _vertical_axis(table: pd.DataFrame, goals: Mapping[str, GoalLine]) -> dict[str, Any]:
    found = [*_seconds(table), *(goal.target for goal in goals.values())] or [1.0, 60.0]
    low, high = max(min(found), _LEAST) / 1.5, max(max(found), _LEAST) * 1.5
    inside = [tick for tick in _TICKS if low <= tick <= high]
    # Three names fit into a row of this height.
    ticks = inside if len(inside) <= 3 else [inside[0], inside[len(inside) // 2], inside[-1]]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickvals": ticks,
        "ticktext": [duration(tick) for tick in ticks],
        "automargin": False,
    }


def _row_title(key: Key, top: float) -> dict[str, Any]:
    return {
        "text": chart_text(key_name(key)),
        **{"x": 0, "xref": "paper", "xanchor": "left"},
        **{"y": top, "yref": "paper", "yanchor": "top"},
        "showarrow": False,
        "font": {"size": 12},
    }


def _courses(lines: Sequence[Line], names: Sequence[str], dark: bool) -> Iterator[dict[str, Any]]:
    for column, (name, symbol, _, dash) in _PERCENTILES.items():
        yield {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [line["place"] for line in lines],
            "y": [_value(line[column]) for line in lines],
            "name": name,
            "line": {"color": chart_colour("blue", dark=dark), "width": 1.6, "dash": dash},
            "marker": {"size": 5, "symbol": symbol},
            "hovertext": [
                f"{_words(line[column])} ({line['attempts']:,} attempts), {names[line['place']]}"
                for line in lines
            ],
            "hovertemplate": "%{hovertext}<extra>%{fullData.name}</extra>",
        }


def distribution_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """How many attempts took how long; a row per source and purpose of use, one axis of times."""
    keys = keys_of(table)
    axes: dict[str, dict[str, Any]] = {"xaxis": _distribution_axis(table)}
    lines, titles, traces = table.to_dict("records"), [], []
    for row, key in enumerate(keys):
        number = row + 1 if row else ""
        top = 1 - row / len(keys)
        of_key = [line for line in lines if (line["type"], line["purpose"]) == key]
        most = max((line["share"] for line in of_key), default=1)
        domain = [top - 0.96 / len(keys), top - 0.2 / len(keys)]
        axes[f"yaxis{number}"] = {"range": [0, most * 1.25], "visible": False, "domain": domain}
        axes["xaxis"]["anchor"] = f"y{number}"
        titles.append(_row_title(key, top))
        traces.append(_columns(of_key, dark) | {"yaxis": f"y{number}"})
    return make_figure(
        traces,
        axes,
        40 + ROW_HEIGHT * max(len(keys), 1),
        dark=dark,
        bargap=0.04,
        annotations=titles,
        margin={"l": 8, "r": 24, "t": 10, "b": 28},
    )


def _distribution_axis(table: pd.DataFrame) -> dict[str, Any]:
    ticks = {"tickvals": _TICKS, "ticktext": [duration(seconds) for seconds in _TICKS]}
    common = {"type": "log", "tickangle": 0, "automargin": False, **ticks}
    if table.empty:
        return common
    low, high = table["low"].min() / 1.3, table["high"].max() * 1.3
    return common | {"range": [math.log10(low), math.log10(high)]}


def _columns(lines: Sequence[Line], dark: bool) -> dict[str, Any]:
    shown = [line for line in lines if line["attempts"]]
    return {
        "type": "bar",
        # On a logarithmic axis the middle of two bounds is the root of their product.
        "x": [math.sqrt(line["low"] * line["high"]) for line in shown],
        "width": [(line["high"] - line["low"]) * 0.92 for line in shown],
        "y": [line["share"] for line in shown],
        "marker": {"color": chart_colour("blue", dark=dark), "line": {"width": 0}},
        "hovertext": [
            f"{duration(line['low'])} to {duration(line['high'])}: {line['attempts']:,} attempts"
            for line in shown
        ],
        "hovertemplate": "%{hovertext} (%{y:.1%})<extra></extra>",
    }
