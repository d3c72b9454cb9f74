"""Figures, made from tables by pure functions. Colour alone never carries a meaning."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages._ui.status import CHART_COLOURS, look
from pages._ui.words import duration, purpose_name, source_name
from services.queries.status import REJECTED, STATUSES

_PERCENTILES = {
    "median": ("Median", "circle", "green", "top center"),
    "p90": ("90th percentile", "diamond", "orange", "bottom center"),
    "p99": ("99th percentile", "triangle-right", "red", "top center"),
}
_TICKS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400]


def status_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Queries per bucket, stacked by status, treatment and IAS in rows of their own."""
    purposes = sorted(table["purpose"].unique(), key=lambda one: (one != "treatment", one))
    figure = make_subplots(
        rows=max(len(purposes), 1),
        shared_xaxes=True,
        vertical_spacing=0.12,
        subplot_titles=[purpose_name(one) for one in purposes],
    )
    legend = set()
    for row, purpose in enumerate(purposes, start=1):
        part = table[table["purpose"] == purpose]
        for status in _ordered(part["status"].unique()):
            bars = part[part["status"] == status]
            figure.add_bar(
                x=bars["start"].dt.tz_localize(None),
                y=bars["queries"],
                name=look(status).label,
                legendgroup=status,
                showlegend=status not in legend,
                marker_color=_colour(status, dark),
                # Rejected is red like failed: its hatching tells them apart.
                marker_pattern_shape="/" if status == REJECTED else "",
                customdata=[(purpose, status, start.isoformat()) for start in bars["start"]],
                hovertemplate=f"%{{y}} {look(status).label.lower()}<extra>%{{x}}</extra>",
                row=row,
                col=1,
            )
            legend.add(status)
    figure.update_layout(barmode="stack", bargap=0.15)
    figure.update_yaxes(rangemode="tozero")
    return _quiet(figure, height=150 + 190 * max(len(purposes), 1))


def source_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The share of each outcome per source type, as one bar of 100 % each."""
    figure = go.Figure()
    for status in _ordered(table["status"].unique()):
        part = table[table["status"] == status]
        figure.add_bar(
            y=[source_name(kind) for kind in part["type"]],
            x=part["share"],
            orientation="h",
            name=look(status).label,
            marker_color=_colour(status, dark),
            text=[f"{share:.0%}" if share >= 0.06 else "" for share in part["share"]],
            textposition="inside",
            insidetextanchor="middle",
            textfont_color="white" if not dark else "#11191d",
            customdata=[(kind, status, n) for kind, n in part[["type", "attempts"]].to_numpy()],
            hovertemplate="%{customdata[2]:,} attempts, %{x:.1%}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    return _quiet(figure, height=260)


def duration_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """Median, 90th and 99th percentile of seconds to finish per source type, on a log axis."""
    figure = go.Figure()
    palette = CHART_COLOURS["dark" if dark else "light"]
    names = [source_name(kind) for kind in table["type"]]
    for _, line in table.iterrows():
        figure.add_scatter(
            x=[line["median"], line["p99"]],
            y=[source_name(line["type"])] * 2,
            mode="lines",
            line={"width": 2, "color": "rgba(128,140,148,0.55)"},
            hoverinfo="skip",
            showlegend=False,
        )
    for column, (label, symbol, colour, place) in _PERCENTILES.items():
        figure.add_scatter(
            x=table[column],
            y=names,
            mode="markers+text",
            name=label,
            marker={"size": 11, "symbol": symbol, "color": palette[colour]},
            text=[duration(seconds) for seconds in table[column]],
            textposition=place,
            cliponaxis=False,
            customdata=[(kind, column) for kind in table["type"]],
            hovertemplate=f"{label}: %{{text}}<extra>%{{y}}</extra>",
        )
    figure.update_xaxes(type="log", tickvals=_TICKS, ticktext=[duration(one) for one in _TICKS])
    return _quiet(figure, height=290)


def errors_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """The most frequent errors, longest bar on top."""
    turned = table.iloc[::-1]
    labels = [_error_label(line) for _, line in turned.iterrows()]
    figure = go.Figure(
        go.Bar(
            x=turned["times"],
            y=labels,
            orientation="h",
            marker_color=_colour("failed", dark),
            text=turned["times"],
            textposition="outside",
            cliponaxis=False,
            customdata=list(zip(turned["where"], turned["error"], strict=True)),
            hovertemplate="%{customdata[1]}<br>%{x:,} times<extra></extra>",
        )
    )
    return _quiet(figure, height=80 + 38 * max(len(labels), 2))


def calls_figure(table: pd.DataFrame, zone: ZoneInfo, *, dark: bool) -> go.Figure:
    """Calls per bucket, stacked by outcome, in the viewer's zone."""
    figure = go.Figure()
    for outcome, name in (("completed", "Succeeded"), ("failed", "Failed")):
        part = table[table["outcome"] == outcome]
        figure.add_bar(
            x=part["start"].dt.tz_convert(zone).dt.tz_localize(None),
            y=part["calls"],
            name=name,
            marker_color=_colour(outcome, dark),
            # Colour alone does not tell the two apart.
            marker_pattern_shape="/" if outcome == "failed" else "",
            hovertemplate=f"%{{y:,}} {name.lower()}<extra>%{{x}}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_yaxes(rangemode="tozero", nticks=4, tickformat=",d")
    _quiet(figure, height=230)
    # Below the ticks and the day that the axis writes under them.
    return figure.update_layout(legend_y=-0.28)


def records_figure(counts: Mapping[str, int], *, dark: bool) -> go.Figure:
    """FHIR resources per type, most first."""
    ordered = sorted(counts.items(), key=lambda one: one[1])
    figure = go.Figure(
        go.Bar(
            x=[n for _, n in ordered],
            y=[kind for kind, _ in ordered],
            orientation="h",
            marker_color=CHART_COLOURS["dark" if dark else "light"]["blue"],
            text=[f"{n:,}" for _, n in ordered],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,}<extra></extra>",
        )
    )
    figure.update_xaxes(visible=False)
    return _quiet(figure, height=60 + 26 * max(len(ordered), 2))


def _quiet(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 24, "t": 32, "b": 8},
        legend={"orientation": "h", "traceorder": "normal", "y": -0.12, "yanchor": "top", "x": 0},
        hoverlabel={"align": "left"},
        clickmode="event+select",
    )
    figure.update_xaxes(automargin=True, title=None)
    figure.update_yaxes(automargin=True, title=None)
    return figure


def _ordered(statuses: Iterable[str]) -> list[str]:
    """Known statuses in their order, unknown ones after them."""
    known = {status: position for position, status in enumerate(STATUSES)}
    return sorted(statuses, key=lambda one: (known.get(one, len(known)), one))


def _colour(status: str, dark: bool) -> str:
    return CHART_COLOURS["dark" if dark else "light"][look(status).colour]


def _error_label(line: "pd.Series[Any]") -> str:
    where = "Query" if line["where"] == "query" else source_name(str(line["where"]))
    error = str(line["error"])
    short = error if len(error) <= 46 else error[:45] + "…"
    status = f" ({int(str(line['status']).split('.')[0])})" if pd.notna(line["status"]) else ""
    return f"{where}: {short}{status}"
