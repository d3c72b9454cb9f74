"""What the tables of all pages share: their height, and columns of times, states and buttons."""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

import streamlit as st
from streamlit.elements.lib.column_types import ButtonColumnResult, ColumnConfig

from pages._ui.frame.viewer import zone
from pages._ui.words.states import States, StateWords, words_of

_ROW, _EDGE = 33, 4
"""Pixels, at the theme's font size."""

Row = TypeVar("Row")


def height(rows: int, most: int = 20) -> int | Literal["content"]:
    """As tall as its rows; a table of more than `most` rows scrolls."""
    return "content" if rows <= most else _ROW * (most + 1) + _EDGE


def opener(key: str, width: int = 92) -> ButtonColumnResult:
    """A column of buttons, each of which opens its row. Their texts are `button_text`."""
    return st.column_config.ButtonColumn(type="tertiary", key=key, width=width, alignment="left")


def opened(key: str, rows: Sequence[Row]) -> Row | None:
    """The row whose button was clicked, or None. To be called once `rows` are drawn."""
    # A click tells the row's number in the table as it was drawn before, and rows may have come
    # since: the number belongs to the rows that the viewer saw.
    seen: Sequence[Row] = st.session_state.get(f"{key}_seen", rows)
    st.session_state[f"{key}_seen"] = rows
    clicked = st.session_state.get(key)
    number = clicked["row"] if clicked is not None else len(seen)
    return seen[number] if number < len(seen) else None


def moments(width: int = 150) -> ColumnConfig:
    """A column of times, to the second, in the viewer's zone."""
    return st.column_config.DatetimeColumn(
        # "localized" would ignore the zone.
        format="MMM D, HH:mm:ss z",
        timezone=zone().key,
        width=width,
    )


def state_column(
    states: States, shown: Iterable[str], width: int, help_: str | None = None
) -> ColumnConfig:
    """A column of states as coloured words; each cell is a list of one word.

    `shown` are the states that the cells hold: a state that is new here needs its colour too.
    """
    return words_column((words_of(states, state) for state in shown), width, help_)


def words_column(words: Iterable[StateWords], width: int, help_: str | None = None) -> ColumnConfig:
    """The same for words that are in no table of states."""
    colours = {state.label: state.colour for state in words}
    return st.column_config.MultiselectColumn(
        options=list(colours), color=list(colours.values()), width=width, help=help_
    )
