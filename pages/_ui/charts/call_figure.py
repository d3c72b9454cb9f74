"""The figure of calls to upstream over time."""

from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go

from pages._ui.charts.style import state_colour, style
from pages._ui.words.states import CALL_STATES


def calls_figure(table: pd.DataFrame, zone: ZoneInfo, *, dark: bool) -> go.Figure:
    """Calls per bucket, stacked by outcome; times are shown in `zone`."""
    figure = go.Figure()
    for outcome, words in CALL_STATES.items():
        bars = table[table["outcome"] == outcome]
        figure.add_bar(
            x=bars["start"].dt.tz_convert(zone).dt.tz_localize(None),
            y=bars["calls"],
            name=words.label,
            marker_color=state_colour(CALL_STATES, outcome, dark=dark),
            # Colour alone does not tell the two apart.
            marker_pattern_shape="/" if outcome == "failed" else "",
            hovertemplate=f"%{{y:,}} {words.label.lower()}<extra>%{{x}}</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.2)
    figure.update_yaxes(rangemode="tozero", nticks=4, tickformat=",d")
    style(figure, height=230)
    # Below the ticks and the day that the axis writes under them.
    return figure.update_layout(legend_y=-0.28)
