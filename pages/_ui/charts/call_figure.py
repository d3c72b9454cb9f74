"""The figure of calls to upstream over time, and its numbers."""

from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.chart_numbers import NumbersRow
from pages._ui.charts.style import count_axis, state_marker, style
from pages._ui.list.cells import Column, Kind
from pages._ui.words.states import CALL_STATES, words_of

CALL_COLUMNS = [Column("From"), Column("Outcome", Kind.STATE), Column("Calls", Kind.NUMBER)]


def calls_figure(table: pd.DataFrame, zone: ZoneInfo, *, dark: bool) -> go.Figure:
    """Calls per bucket, stacked by outcome; times are shown in `zone`."""
    figure = go.Figure()
    for outcome, words in CALL_STATES.items():
        bars = table[table["outcome"] == outcome]
        figure.add_bar(
            # Plotly draws times without a zone as they stand, and others in UTC.
            x=bars["start"].dt.tz_convert(zone).dt.tz_localize(None),
            y=bars["calls"],
            name=words.label,
            marker=state_marker(CALL_STATES, outcome, dark=dark),
            hovertemplate=f"%{{y:,}} {words.label.lower()}<extra>%{{x|%H:%M}}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_yaxes(count_axis(table.groupby("start")["calls"].sum().max()))
    figure.update_xaxes(tickformat="%H:%M", tickangle=0, showgrid=False)
    return style(figure, height=190, dark=dark)


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
