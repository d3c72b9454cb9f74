"""What all figures share: colours and patterns of states, axes of whole numbers, margins.

Every state has one colour and one pattern in all figures. Tests simulate how colour-blind eyes see
them: two states of a kind differ clearly in what is left of their colours, or in their pattern.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from pages._ui.words.states import States, words_of
from services.outcomes.frames import NO_RECORDS
from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.queries import status as query
from services.queries.filters import MIXED

_COLOURS = {
    "light": {
        "green": "#2a9d6c",
        "orange": "#c2740a",
        "red": "#a3211c",
        "blue": "#1f5fae",
        "violet": "#7a5cc4",
        "gray": "#6b7b84",
    },
    "dark": {
        "green": "#5fd0a0",
        "orange": "#e8b04a",
        "red": "#d9534a",
        "blue": "#4f86d9",
        "violet": "#b39cf0",
        "gray": "#8496a0",
    },
}
"""The theme's colours as a chart paints areas with them: at least 3:1 against its background."""

_PATTERNS = {
    query.COMPLETED: "",
    NO_RECORDS: "\\",
    query.PARTIAL: "\\",
    HIDDEN_FAILURE: "|",
    MIXED: "\\",
    query.FAILED: "/",
    query.REJECTED: "x",
    query.NOT_STARTED: "-",
    query.UNCONFIRMED: ".",
    query.PROCESSING: "",
    query.SUBMITTING: "|",
    # Of records after a completed query.
    "some": "",
    "none": "\\",
    "not_counted": ".",
    # Of evidence, and of findings.
    "complete": "",
    "incomplete": "/",
    "serious": "/",
    "warning": "\\",
    "notice": ".",
}
"""States, in the order of bars and legends, and the pattern of each."""

_UNKNOWN = "+"
"""The pattern of a word of upstream that is new here."""

_PAPER = {"light": "#ffffff", "dark": "#11191d"}
_INK = {"light": "#3d4d55", "dark": "#c3cfd4"}
_GRID = {"light": "#e2e8eb", "dark": "#28353c"}

_MOST_TICKS = 5


def chart_colour(name: str, *, dark: bool) -> str:
    """One of the theme's colours for an area of a chart."""
    return _COLOURS[_theme(dark)][name]


def state_colour(states: States, state: str, *, dark: bool) -> str:
    """The colour of a state for an area of a chart."""
    return chart_colour(words_of(states, state).colour, dark=dark)


def pattern(state: str) -> str:
    """The pattern of a state, as Plotly names its shapes; empty for a plain area."""
    return _PATTERNS.get(state, _UNKNOWN)


def paper(*, dark: bool) -> str:
    """The colour of the page behind a chart."""
    return _PAPER[_theme(dark)]


def ink(*, dark: bool) -> str:
    """The colour of text and lines on a chart."""
    return _INK[_theme(dark)]


def state_marker(states: States, state: str, *, dark: bool) -> dict[str, Any]:
    """How bars of a state are painted: its colour, with its pattern in the colour of the page.

    Lines in the colour of the page leave even a bar of two pixels its colour.
    """
    return {
        "color": state_colour(states, state, dark=dark),
        "line": {"width": 0},
        "pattern": {
            "shape": pattern(state),
            "fillmode": "overlay",
            "fgcolor": paper(dark=dark),
            "fgopacity": 1,
            "size": 6,
            "solidity": 0.3,
        },
    }


def ordered(found: Iterable[str]) -> list[str]:
    """The states that were found, in the order of bars and legends, unknown ones at the end."""
    positions = {state: position for position, state in enumerate(_PATTERNS)}
    return sorted(set(found), key=lambda state: (positions.get(state, len(positions)), state))


def make_figure(
    traces: Iterable[Mapping[str, Any]],
    axes: Mapping[str, Mapping[str, Any]],
    height: int,
    *,
    dark: bool,
    **layout: Any,
) -> go.Figure:
    """A figure of `traces`, with the margins, the text and the axes that all have.

    `height` is in pixels, `axes` are named as Plotly names them, and `layout` is what else it
    takes. Legends are drawn beside figures, by `legend`, so that none lies over an axis or a mark.
    """
    text = ink(dark=dark)
    common = {
        "height": height,
        "margin": {"l": 8, "r": 24, "t": 4, "b": 8},
        "showlegend": False,
        "font": {"color": text, "size": 13},
        "hoverlabel": {"align": "left"},
        "clickmode": "event+select",
    }
    axis = {
        "automargin": True,
        "tickfont": {"color": text, "size": 12},
        "gridcolor": _GRID[_theme(dark)],
    }
    styled = {name: axis | dict(given) for name, given in axes.items()}
    # All at once: Plotly takes five times as long for a figure that is changed step by step.
    return go.Figure({"data": [*traces], "layout": common | styled | layout})


def count_axis(most: float) -> dict[str, Any]:
    """An axis for counts up to `most`: from zero, with at most six ticks at whole numbers."""
    step = next(step for step in _steps() if step * _MOST_TICKS >= most)
    return {"range": [0, max(most * 1.06, 1)], "dtick": step, "tick0": 0, "tickformat": ",d"}


def named_rows(names: Sequence[str]) -> dict[str, Any]:
    """A vertical axis that names its rows 0, 1, …, on which marks stand by the number as text.

    Names on the axis itself would be read as numbers or days, and two that look alike be one row.
    """
    rows = [str(row) for row in range(len(names))]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": rows,
        "tickvals": rows,
        "ticktext": list(names),
        "showgrid": False,
    }


def _steps() -> Iterable[int]:
    """1, 2, 5, 10, 20, 50, … without an end."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def _theme(dark: bool) -> str:
    return "dark" if dark else "light"
