"""What all figures share: colours, margins, and the order of statuses."""

from collections.abc import Iterable

import plotly.graph_objects as go

from pages._ui.words.states import States, words_of

_COLOURS = {
    "light": {
        "green": "#2a9d6c",
        "orange": "#d98a1f",
        "red": "#c8453b",
        "blue": "#4a8fd8",
        "violet": "#8a6fcf",
        "gray": "#93a3ab",
    },
    "dark": {
        "green": "#45b883",
        "orange": "#e09a3e",
        "red": "#e0665c",
        "blue": "#6aa5e8",
        "violet": "#a48be0",
        "gray": "#71828b",
    },
}
"""The theme's colours as a chart paints areas with them."""


def chart_colour(name: str, *, dark: bool) -> str:
    """One of the theme's colours for an area of a chart."""
    return _COLOURS["dark" if dark else "light"][name]


def state_colour(states: States, state: str, *, dark: bool) -> str:
    """The colour of a state for an area of a chart."""
    return chart_colour(words_of(states, state).colour, dark=dark)


def ordered(states: States, found: Iterable[str]) -> list[str]:
    """The states that were found, in the order of their table, unknown ones after them."""
    positions = {state: position for position, state in enumerate(states)}
    return sorted(found, key=lambda state: (positions.get(state, len(positions)), state))


def style(figure: go.Figure, height: int) -> go.Figure:
    """Give a figure its height and the margins, the legend and the axes that all have."""
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


def name_rows(figure: go.Figure) -> None:
    """Have the vertical axis read its labels as names, even what looks like a number or a day."""
    figure.update_yaxes(type="category")
