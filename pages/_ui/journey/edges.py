"""Coloured edges of boxes: the colour of a state, beside its icon and word."""

import streamlit as st

from pages._ui.frame.viewer import is_dark
from pages._ui.words.states import COLOURS, StateWords


def draw_edges(box: str, side: str) -> None:
    """Give every box whose key is an `edge_key` of `box` an edge in the colour of its state.

    The colours are those that the theme has for text, so they stand out from its background.
    """
    theme = "dark" if is_dark() else "light"
    rules = [
        f'[class*="st-key-{box}_"][class*="_{name}_edge"] {{ border-{side}: 4px solid '
        f"{st.get_option(f'theme.{theme}.{name}Color')}; }}"
        for name in COLOURS
    ]
    st.html(f"<style>{' '.join(rules)}</style>")


def edge_key(box: str, state: StateWords) -> str:
    """The key of a box with the edge of that state."""
    return f"{box}_{state.colour}_edge"
