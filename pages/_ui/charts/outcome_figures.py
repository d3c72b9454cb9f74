"""The figures of the Outcomes page, made from the tables of `services.outcomes`.

Every figure can be made from a table without rows. Marks carry what they stand for as
`customdata`, as it came; what is written on a figure is `chart_text`.
"""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages._ui.charts.style import chart_colour, name_rows, ordered, state_colour, style
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outside import chart_text
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, label
from pages._ui.words.times import duration
from services.queries.status import FAILED, REJECTED

_PERCENTILES = {
    "median": ("Median", "circle", "green", "top center"),
    "p90": ("90th percentile", "diamond", "orange", "bottom center"),
    "p99": ("99th percentile", "triangle-right", "red", "top center"),
}
"""Column, name, symbol, colour and place of the text of each mark."""

_TICKS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]
"""Seconds that the axis of durations names."""

_LONGEST_ERROR = 46


def status_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Queries per bucket, stacked by status; each purpose of use in a row of its own."""
    purposes = sorted(table["purpose"].unique(), key=lambda name: (name != "treatment", name))
    figure = make_subplots(
        rows=max(len(purposes), 1),
        shared_xaxes=True,
        # With many rows the usual gap would leave none of the height; Plotly refuses that.
        vertical_spacing=min(0.12, 0.4 / max(len(purposes), 1)),
        subplot_titles=[chart_text(purpose_name(purpose)) for purpose in purposes],
    )
    named: set[str] = set()
    for row, purpose in enumerate(purposes, start=1):
        of_purpose = table[table["purpose"] == purpose]
        for status in ordered(QUERY_STATES, of_purpose["status"].unique()):
            bars = of_purpose[of_purpose["status"] == status]
            bar = _status_bar(bars, purpose, status, dark)
            figure.add_trace(bar.update(showlegend=status not in named), row=row, col=1)
            named.add(status)
    figure.update_layout(barmode="stack", bargap=0.15)
    figure.update_yaxes(rangemode="tozero")
    return style(figure, height=150 + 190 * max(len(purposes), 1))


def _status_bar(bars: pd.DataFrame, purpose: str, status: str, dark: bool) -> go.Bar:
    return go.Bar(
        # Plotly draws times without a zone as they stand, and others in UTC.
        x=bars["start"].dt.tz_localize(None),
        y=bars["queries"],
        name=chart_text(label(QUERY_STATES, status)),
        legendgroup=status,
        marker_color=state_colour(QUERY_STATES, status, dark=dark),
        marker_pattern_shape=_hatching(status),
        customdata=[(purpose, status, start.isoformat()) for start in bars["start"]],
        hovertemplate="%{y}: %{fullData.name}<extra>%{x}</extra>",
    )


def _hatching(status: str) -> str:
    """What tells a status apart from another one of its colour."""
    if status not in QUERY_STATES:
        # A word of upstream that is new here is gray like "not started".
        return "."
    return "/" if status == REJECTED else ""


def source_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The share of each outcome per source type, as one bar of 100 % each."""
    figure = go.Figure()
    for status in ordered(SOURCE_STATES, table["status"].unique()):
        figure.add_trace(_source_bar(table[table["status"] == status], status, dark))
    figure.update_layout(barmode="stack")
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    name_rows(figure)
    return style(figure, height=_rows_height(table["type"].nunique()))


def _source_bar(bars: pd.DataFrame, status: str, dark: bool) -> go.Bar:
    return go.Bar(
        y=_source_labels(bars),
        x=bars["share"],
        orientation="h",
        name=chart_text(label(SOURCE_STATES, status)),
        marker_color=state_colour(SOURCE_STATES, status, dark=dark),
        # A narrower piece of the bar has no room for its number.
        text=[f"{share:.0%}" if share >= 0.06 else "" for share in bars["share"]],
        textposition="inside",
        insidetextanchor="middle",
        textfont_color="#11191d" if dark else "white",
        customdata=[(kind, status, n) for kind, n in bars[["type", "attempts"]].to_numpy()],
        hovertemplate="%{customdata[2]:,} attempts, %{x:.1%}<extra>%{fullData.name}</extra>",
    )


def duration_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Median, 90th and 99th percentile of seconds to finish per source type, on a log axis."""
    figure = go.Figure()
    for line in table.to_dict("records"):
        figure.add_trace(_duration_line(line))
    for column in _PERCENTILES:
        figure.add_trace(_duration_marks(table, column, dark))
    ticks = [duration(seconds) for seconds in _TICKS]
    figure.update_xaxes(type="log", tickvals=_TICKS, ticktext=ticks)
    name_rows(figure)
    return style(figure, height=30 + _rows_height(len(table)))


def _duration_line(line: dict[Any, Any]) -> go.Scatter:
    return go.Scatter(
        x=[line["median"], line["p99"]],
        y=[chart_text(source_name(line["type"]))] * 2,
        mode="lines",
        line={"width": 2, "color": "rgba(128,140,148,0.55)"},
        hoverinfo="skip",
        showlegend=False,
    )


def _duration_marks(table: pd.DataFrame, column: str, dark: bool) -> go.Scatter:
    name, symbol, colour, place = _PERCENTILES[column]
    return go.Scatter(
        x=table[column],
        y=_source_labels(table),
        mode="markers+text",
        name=name,
        marker={"size": 11, "symbol": symbol, "color": chart_colour(colour, dark=dark)},
        text=[duration(seconds) for seconds in table[column]],
        textposition=place,
        cliponaxis=False,
        customdata=[(kind, column) for kind in table["type"]],
        hovertemplate=f"{name}: %{{text}}<extra>%{{y}}</extra>",
    )


def errors_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The most frequent errors, longest bar on top."""
    upward = table.iloc[::-1].to_dict("records")
    figure = go.Figure(
        go.Bar(
            x=[line["times"] for line in upward],
            y=[_error_label(line) for line in upward],
            orientation="h",
            marker_color=state_colour(QUERY_STATES, FAILED, dark=dark),
            text=[line["times"] for line in upward],
            textposition="outside",
            cliponaxis=False,
            customdata=[(line["where"], line["error"]) for line in upward],
            hovertext=[chart_text(line["error"]) for line in upward],
            hovertemplate="%{hovertext}<br>%{x:,} times<extra></extra>",
        )
    )
    name_rows(figure)
    return style(figure, height=80 + 38 * max(len(upward), 2))


def _error_label(line: dict[Any, Any]) -> str:
    where = "Query" if line["where"] == "query" else source_name(str(line["where"]))
    error = str(line["error"])
    short = error if len(error) <= _LONGEST_ERROR else error[: _LONGEST_ERROR - 1] + "…"
    status = f" ({int(line['status'])})" if pd.notna(line["status"]) else ""
    return chart_text(f"{where}: {short}{status}")


def _source_labels(table: pd.DataFrame) -> list[str]:
    return [chart_text(source_name(kind)) for kind in table["type"]]


def _rows_height(rows: int) -> int:
    """Pixels for a bar of each row, and for the legend."""
    return 125 + 45 * max(rows, 3)
