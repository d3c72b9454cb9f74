"""The facts of one thing as names and values in two columns."""

from collections.abc import Sequence

import streamlit as st


def facts_grid(facts: Sequence[tuple[str, str]]) -> None:
    """Draw each fact under its name, with a button that copies it."""
    columns = st.columns(2)
    for position, (name, value) in enumerate(facts):
        with columns[position % 2]:
            st.caption(name)
            st.code(value, language=None)
