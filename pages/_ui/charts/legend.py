"""The legend of a figure, drawn above it: inside, Plotly lays it over axes once it wraps."""

from collections.abc import Iterable, Mapping

import streamlit as st

from pages._ui.charts.style import chart_colour, ordered, paper, pattern, state_colour
from pages._ui.words.outside import cell_text
from pages._ui.words.states import States, label

_LINES = {
    "/": "repeating-linear-gradient(-45deg, {colour} 0 4px, {paper} 4px 6px)",
    "\\": "repeating-linear-gradient(45deg, {colour} 0 4px, {paper} 4px 6px)",
    "-": "repeating-linear-gradient(0deg, {colour} 0 4px, {paper} 4px 6px)",
    "|": "repeating-linear-gradient(90deg, {colour} 0 4px, {paper} 4px 6px)",
    "x": "repeating-linear-gradient(-45deg, transparent 0 4px, {paper} 4px 5px), "
    "repeating-linear-gradient(45deg, {colour} 0 4px, {paper} 4px 5px)",
    "+": "repeating-linear-gradient(0deg, transparent 0 4px, {paper} 4px 5px), "
    "repeating-linear-gradient(90deg, {colour} 0 4px, {paper} 4px 5px)",
    ".": "radial-gradient({paper} 1.2px, {colour} 1.7px) 0 0 / 6px 6px",
}
"""The CSS background that looks like each of Plotly's patterns."""


def legend(states: States, found: Iterable[str], *, dark: bool) -> None:
    """Draw what the colours and patterns of the states `found` mean, in the order of bars."""
    st.html(legend_html(states, found, dark=dark))


def legend_of_marks(names: Mapping[str, str], *, dark: bool) -> None:
    """Draw what the shapes of marks mean; `names` maps a sign like each shape to its name."""
    colour = chart_colour("blue", dark=dark)
    st.html(
        _list(
            _item(f'<span aria-hidden="true" style="color:{colour}">{sign}</span>', name)
            for sign, name in names.items()
        )
    )


def legend_html(states: States, found: Iterable[str], *, dark: bool) -> str:
    """The legend as a list that wraps where the window is narrow."""
    return _list(
        _item(_swatch(states, state, dark), label(states, state)) for state in ordered(found)
    )


def _swatch(states: States, state: str, dark: bool) -> str:
    colour = state_colour(states, state, dark=dark)
    lines = _LINES.get(pattern(state), "{colour}")
    background = lines.format(colour=colour, paper=paper(dark=dark))
    return (
        '<span aria-hidden="true" style="width:1.1rem;height:0.8rem;border-radius:2px;'
        f'background:{background}"></span>'
    )


def _item(sign: str, name: str) -> str:
    return (
        '<li style="display:flex;align-items:center;gap:0.4rem;margin:0">'
        f"{sign}<span>{_html(name)}</span></li>"
    )


def _html(text: str) -> str:
    """Text from outside as HTML: all but letters, digits and spaces are written as entities."""
    return "".join(
        sign if sign.isalnum() or sign == " " else f"&#{ord(sign)};" for sign in cell_text(text)
    )


def _list(items: Iterable[str]) -> str:
    return (
        '<ul aria-label="Legend" style="display:flex;flex-wrap:wrap;gap:0.25rem 1.1rem;margin:0;'
        f'padding:0;list-style:none;font-size:0.875rem">{"".join(items)}</ul>'
    )
