"""Paging by a cursor that stands in the URL as `before`."""

import streamlit as st

_CURSOR = "before"


def cursor() -> str | None:
    """The cursor of the page that the URL asks for; None for the newest."""
    return st.query_params.get(_CURSOR)


def forget_cursor() -> None:
    """Go back to the newest page: a cursor belongs to the filters that it was made with."""
    st.query_params.pop(_CURSOR, None)


def paging_buttons(older: str | None) -> None:
    """Draw the buttons that turn the page; `older` is the cursor of the next one, if any."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if cursor() and st.button("Newest", icon=":material/first_page:"):
            forget_cursor()
            st.rerun()
        if st.button("Older", icon=":material/chevron_right:", disabled=older is None):
            st.query_params[_CURSOR] = str(older)
            st.rerun()
