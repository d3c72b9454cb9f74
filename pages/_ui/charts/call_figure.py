"""The figure of calls to upstream over time."""

from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import count_axis, state_marker, style
from pages._ui.words.states import CALL_STATES


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
            hovertemplate=f"%{{y:,}} {words.label.lower()}<extra>%{{x}}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_yaxes(count_axis(table.groupby("start")["calls"].sum().max()))
    return style(figure, height=210, dark=dark)
