"""Says what product does not see, where numbers are drawn by the rule of small cells."""

import streamlit as st

from services.desk import desk


def small_cells_note() -> None:
    """Draw the sentence."""
    cell = desk().small_cells.cell
    st.markdown(
        f":small[:material/groups: Groups of at most {cell} people are left out, and numbers are "
        f"rounded to multiples of {cell}. Weeks and months are whole ones, in UTC.]"
    )
