"""The button that hands out a CSV file."""

from collections.abc import Callable

import streamlit as st


def csv_button(
    label: str,
    name: str,
    make: Callable[[], str],
    *,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    """Draw it. `name` is that of the file, without its ending; `make` is called when it is pressed
    and answers the content."""
    st.download_button(
        label,
        make,
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"download_{name}",
        type="primary" if primary else "secondary",
        disabled=disabled,
        # A click that draws the page anew loses the file now and then.
        on_click="ignore",
    )
