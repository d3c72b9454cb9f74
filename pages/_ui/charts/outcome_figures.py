"""The figures of the Outcomes page, made from the tables of `services.outcomes`.

Every figure can be made from a table without rows. Marks carry what they stand for as
`customdata`, as it came; what is written on a figure is `chart_text`.
"""

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages._ui.charts.style import (
    chart_colour,
    count_axis,
    name_rows,
    ordered,
    state_colour,
    state_marker,
    style,
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
    "median": ("Median", "circle", "middle left"),
    "p90": ("90th percentile", "diamond", "bottom center"),
    "p99": ("99th percentile", "triangle-right", "middle right"),
}
"""Column, name, symbol and place of the text of each mark: no text lies over another one."""

PERCENTILE_SIGNS = {"●": "Median", "◆": "90th percentile", "▶": "99th percentile"}
"""The same symbols as text, for the legend."""

_TICKS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
"""Seconds that the axis of durations names."""

_LONGEST_ERROR = 56
_MOST_LABELS = 10
_LABEL_STEPS = (1, 2, 3, 6, 7, 14)
"""Bars from one label of the time axis to the next: hours in parts of a day, days in weeks."""


def status_figure(table: pd.DataFrame, bucket: str, *, dark: bool) -> go.Figure:
    """Queries per bucket, stacked by status; a row, of the same scale, for each purpose of use."""
    purposes = purposes_in_order(table["purpose"])
    starts = sorted(table["start"].unique())
    figure = make_subplots(
        rows=max(len(purposes), 1),
        shared_xaxes=True,
        # With many rows the usual gap would leave none of the height; Plotly refuses that.
        vertical_spacing=min(0.14, 0.4 / max(len(purposes), 1)),
        subplot_titles=[_purpose_title(table, purpose) for purpose in purposes],
    )
    figure.update_annotations(x=0, xanchor="left")
    places = {start: place for place, start in enumerate(starts)}
    for row, purpose in enumerate(purposes, start=1):
        of_purpose = table[table["purpose"] == purpose]
        for status in ordered(of_purpose["status"]):
            bars = of_purpose[of_purpose["status"] == status]
            figure.add_trace(_status_bar(bars, places, bucket, dark), row=row, col=1)
    figure.update_layout(barmode="stack", bargap=0.15)
    most = table.groupby(["purpose", "start"])["queries"].sum().max() if len(table) else 0
    figure.update_yaxes(count_axis(most))
    figure.update_xaxes(_time_axis(starts, bucket))
    return style(figure, height=70 + 170 * max(len(purposes), 1), dark=dark, top=28)


def _purpose_title(table: pd.DataFrame, purpose: str) -> str:
    number = int(table.loc[table["purpose"] == purpose, "queries"].sum())
    return chart_text(f"{purpose_name(purpose)}: {number:,} queries")


def _status_bar(bars: pd.DataFrame, places: dict[Any, int], bucket: str, dark: bool) -> go.Bar:
    purpose, status = bars["purpose"].iloc[0], bars["status"].iloc[0]
    return go.Bar(
        # By number and not by time: an hour that comes twice is two bars, and all are of one width.
        x=[places[start] for start in bars["start"]],
        y=bars["queries"],
        name=chart_text(label(QUERY_STATES, status)),
        marker=state_marker(QUERY_STATES, status, dark=dark),
        customdata=[
            (purpose, status, since.isoformat(), until.isoformat())
            for since, until in zip(bars["since"], bars["until"], strict=True)
        ],
        hovertext=[
            bucket_name(start, bucket, whole=whole)
            for start, whole in zip(bars["start"], bars["whole"], strict=True)
        ],
        hovertemplate="%{y:,} %{fullData.name}<extra>%{hovertext}</extra>",
    )


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
    figure = go.Figure()
    for result in ordered(table["result"]):
        figure.add_trace(_source_bar(table[table["result"] == result], types, result, dark))
    figure.update_layout(barmode="stack", bargap=0.35)
    figure.update_xaxes(tickformat=".0%", range=[0, 1], dtick=0.25, tickangle=0)
    name_rows(figure, [_source_title(table, kind) for kind in types])
    return style(figure, height=_rows_height(len(types)), dark=dark)


def _source_title(table: pd.DataFrame, kind: str) -> str:
    of_type = table[table["type"] == kind]
    completed = of_type.loc[of_type["result"] == COMPLETED, "share"].sum()
    return chart_text(f"{source_name(kind)}: {completed:.0%} of {of_type['queries'].sum():,}")


def _source_bar(bars: pd.DataFrame, types: list[str], result: str, dark: bool) -> go.Bar:
    return go.Bar(
        y=[str(types.index(kind)) for kind in bars["type"]],
        x=bars["share"],
        orientation="h",
        name=chart_text(label(SOURCE_RESULTS, result)),
        marker=state_marker(SOURCE_RESULTS, result, dark=dark),
        customdata=[(kind, result, n) for kind, n in bars[["type", "queries"]].to_numpy()],
        hovertemplate="%{customdata[2]:,} queries, %{x:.1%}<extra>%{fullData.name}</extra>",
    )


def duration_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Median, 90th and 99th percentile of seconds to finish per source type, on a log axis."""
    rows = table.sort_values("type", ascending=False).to_dict("records")
    figure = go.Figure()
    for row, line in enumerate(rows):
        figure.add_trace(_duration_line(line, row))
    for column in _PERCENTILES:
        figure.add_trace(_duration_marks(rows, column, dark))
    figure.update_xaxes(_duration_axis(table))
    name_rows(figure, [chart_text(source_name(line["type"])) for line in rows])
    return style(figure, height=_rows_height(len(rows)), dark=dark)


def _duration_axis(table: pd.DataFrame) -> dict[str, Any]:
    ticks = {"tickvals": _TICKS, "ticktext": [duration(seconds) for seconds in _TICKS]}
    if table.empty:
        return {"type": "log", **ticks}
    # Room for the text on both sides of the marks.
    fastest, slowest = max(table["median"].min(), 0.1) / 3, max(table["p99"].max(), 0.1) * 4
    # The bounds of a log axis are given as powers of ten.
    powers = [math.log10(fastest), math.log10(slowest)]
    return {"type": "log", "range": powers, "tickangle": 0, **ticks}


def _duration_line(line: dict[Any, Any], row: int) -> go.Scatter:
    return go.Scatter(
        x=[line["median"], line["p99"]],
        y=[str(row)] * 2,
        mode="lines",
        line={"width": 2, "color": "rgba(128,140,148,0.55)"},
        hoverinfo="skip",
    )


def _duration_marks(rows: list[dict[Any, Any]], column: str, dark: bool) -> go.Scatter:
    name, symbol, place = _PERCENTILES[column]
    return go.Scatter(
        x=[line[column] for line in rows],
        y=[str(row) for row in range(len(rows))],
        mode="markers+text",
        name=name,
        # One colour: a median is no better a state than a percentile. Their shapes differ.
        marker={"size": 11, "symbol": symbol, "color": chart_colour("blue", dark=dark)},
        text=_texts(rows, column),
        textposition=place,
        cliponaxis=False,
        customdata=[(line["type"], column, line["attempts"]) for line in rows],
        hovertext=[duration(line[column]) for line in rows],
        hovertemplate=f"{name} of %{{customdata[2]:,}} attempts: %{{hovertext}}<extra></extra>",
    )


def _texts(rows: list[dict[Any, Any]], column: str) -> list[str]:
    """What is written beside the marks; one that lies on the mark before it repeats nothing."""
    before = {"p90": "median", "p99": "p90"}.get(column)
    texts = [(duration(line[column]), duration(line[before]) if before else "") for line in rows]
    return ["" if text == same else text for text, same in texts]


def errors_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The most frequent errors, longest bar on top; every bar has its number written beside it."""
    upward = table.iloc[::-1].to_dict("records")
    figure = go.Figure(
        go.Bar(
            x=[line["queries"] for line in upward],
            y=[str(row) for row in range(len(upward))],
            orientation="h",
            marker_color=state_colour(QUERY_STATES, FAILED, dark=dark),
            text=[f"{line['queries']:,}" for line in upward],
            textposition="outside",
            cliponaxis=False,
            customdata=[(line["where"], line["error"], _status(line)) for line in upward],
            hovertext=[chart_text(line["error"]) for line in upward],
            hovertemplate="%{hovertext}<br>%{x:,} queries<extra></extra>",
        )
    )
    # The numbers stand beside the bars, so the axis would say them twice.
    figure.update_xaxes(visible=False)
    name_rows(figure, [_error_title(line) for line in upward])
    return style(figure, height=20 + 34 * max(len(upward), 2), dark=dark)


def _error_title(line: dict[Any, Any]) -> str:
    name = error_name(line["where"], line["error"], _status(line))
    return chart_text(name if len(name) <= _LONGEST_ERROR else name[: _LONGEST_ERROR - 1] + "…")


def _status(line: dict[Any, Any]) -> int | None:
    return int(line["status"]) if pd.notna(line["status"]) else None


def _rows_height(rows: int) -> int:
    """Pixels for a bar of each row, and for the axis."""
    return 40 + 46 * max(rows, 2)
