"""How a page draws a figure."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

_CONFIG = {"displayModeBar": False}


def draw(figure: go.Figure, key: str, alt: str, *, picture: bool = False) -> None:
    """Draw a figure that nothing happens on when it is clicked; `alt` says what it shows.

    With `picture` its menu hands out a PNG, of which no trace is left: for figures of groups only.
    """
    st.plotly_chart(figure, key=key, config=_config(key, picture), alt=alt)


def draw_clickable(
    figure: go.Figure, key: str, alt: str, *, picture: bool = False
) -> tuple[Any, ...] | None:
    """Draw a figure; answers the `customdata` of the mark that was clicked, or None."""
    event: Any = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun",
        selection_mode="points",
        config=_config(key, picture),
        alt=alt,
    )
    points = event["selection"]["points"]
    # A point may be the mark of a line, which stands for nothing.
    return tuple(points[0]["customdata"]) if points and points[0].get("customdata") else None


def empty_picture(what: str, advice: str) -> None:
    """Draw, in place of a figure without marks, what is missing (`what`) and what to do."""
    with st.container(
        border=True, height=150, horizontal_alignment="center", vertical_alignment="center"
    ):
        st.markdown(f":material/bar_chart_off: **{what}**", text_alignment="center")
        st.markdown(advice, text_alignment="center")


def _config(key: str, picture: bool) -> dict[str, Any]:
    if not picture:
        return _CONFIG
    return {
        "displayModeBar": "hover",
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": key, "scale": 2},
    }
