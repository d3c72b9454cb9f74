"""What the tables of all pages share: their height, and columns of times, states and names."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

import streamlit as st
from streamlit.elements.lib.column_types import ButtonColumnResult, ColumnConfig

from pages._ui.status import StateLook
from pages._ui.viewer import zone

_ROW, _EDGE = 33, 4
"""Pixels, at the theme's font size."""

Row = TypeVar("Row")


def height(rows: int, most: int = 20) -> int | Literal["content"]:
    """As tall as its rows, up to `most` of them; beyond that it scrolls."""
    return "content" if rows <= most else _ROW * (most + 1) + _EDGE


def opener(key: str, width: int = 92) -> ButtonColumnResult:
    """A column of buttons, each of which opens its row."""
    return st.column_config.ButtonColumn(type="tertiary", key=key, width=width, alignment="left")


def opened(key: str, rows: Sequence[Row]) -> Row | None:
    """The row whose button was clicked, once `rows` are drawn.

    A click tells the row's number in the table as it was drawn before, and rows may have come
    since: the number belongs to those that the viewer saw.
    """
    seen: Sequence[Row] = st.session_state.get(f"{key}_seen", rows)
    st.session_state[f"{key}_seen"] = rows
    clicked = st.session_state.get(key)
    number = clicked["row"] if clicked is not None else len(seen)
    return seen[number] if number < len(seen) else None


def moments(width: int = 150) -> ColumnConfig:
    """A column of times, to the second, in the viewer's zone."""
    return st.column_config.DatetimeColumn(
        format="MMM D, HH:mm:ss z", timezone=zone().key, width=width
    )


def pills(looks: Iterable[StateLook], width: int, help_: str | None = None) -> ColumnConfig:
    """A column of states; each cell is a list of one word."""
    shown = {one.label: one.colour for one in looks}
    return st.column_config.MultiselectColumn(
        options=list(shown), color=list(shown.values()), width=width, help=help_
    )
