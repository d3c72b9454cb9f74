"""How a page draws a figure."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

_LONGEST_DESCRIPTION = 1500


def draw(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a figure that nothing happens on when it is clicked."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt)


def draw_clickable(figure: go.Figure, key: str, alt: str) -> tuple[Any, ...] | None:
    """Draw a figure; answers the `customdata` of the mark that was clicked, or None."""
    event: Any = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    points = event["selection"]["points"]
    # A point may be the mark of a line, which stands for nothing.
    return tuple(points[0]["customdata"]) if points and points[0].get("customdata") else None


def describe(table: pd.DataFrame) -> str:
    """The numbers of a figure as words, for those who do not see it."""
    return str(table.round(3).to_dict("records"))[:_LONGEST_DESCRIPTION]
