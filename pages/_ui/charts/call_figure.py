"""The figure of calls to upstream over time, and its numbers."""

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.style import count_axis, make_figure, state_marker
from pages._ui.list.cells import Column, Kind
from pages._ui.words.states import CALL_STATES, words_of

CALL_COLUMNS = [Column("From"), Column("Outcome", Kind.STATE), Column("Calls", Kind.NUMBER)]


def calls_figure(table: pd.DataFrame, zone: ZoneInfo, *, dark: bool) -> go.Figure:
    """Calls per bucket, stacked by outcome; times are shown in `zone`."""
    most = table.groupby("start")["calls"].sum().max()
    axes = {
        "xaxis": {"tickformat": "%H:%M", "tickangle": 0, "showgrid": False},
        "yaxis": count_axis(most),
    }
    bars = [_outcome_bar(table, zone, outcome, dark) for outcome in CALL_STATES]
    return make_figure(bars, axes, 190, dark=dark, barmode="stack", bargap=0.2)


def _outcome_bar(table: pd.DataFrame, zone: ZoneInfo, outcome: str, dark: bool) -> dict[str, Any]:
    bars, name = table[table["outcome"] == outcome], CALL_STATES[outcome].label
    # Plotly draws times without a zone as they stand, and others in UTC.
    starts = bars["start"].dt.tz_convert(zone).dt.tz_localize(None)
    return {
        "type": "bar",
        "x": [start.isoformat() for start in starts],
        "y": bars["calls"].tolist(),
        "name": name,
        "marker": state_marker(CALL_STATES, outcome, dark=dark),
        "hovertemplate": f"%{{y:,}} {name.lower()}<extra>%{{x|%H:%M}}</extra>",
    }


def call_rows(table: pd.DataFrame, zone: ZoneInfo) -> list[NumbersRow]:
    """The bars of calls over time, without those of no height; the newest come first."""
    lines = table[table["calls"] > 0].iloc[::-1].to_dict("records")
    return [
        NumbersRow(
            [
                f"{line['start'].tz_convert(zone):%b %-d, %H:%M %Z}",
                words_of(CALL_STATES, line["outcome"]),
                int(line["calls"]),
            ]
        )
        for line in lines
    ]
