"""Which item of the review queue is open, and with which filters: both stand in the address."""

import streamlit as st

from pages._ui.list.paging import cursor, forget_cursor
from pages._ui.reviews.keys import want_heading
from services.compliance.reviews.listing import ReviewFilters

_ITEM, _FILTERS = "item", "review_filters_now"


def open_item_id() -> str:
    """The id of the item that the address names; empty for none."""
    return st.query_params.get(_ITEM, "")


def go_to_item(item_id: str | None) -> None:
    """Open an item, with the focus at its heading; without one, the list alone."""
    if item_id is None:
        st.query_params.pop(_ITEM, None)
        return
    st.query_params[_ITEM] = item_id
    want_heading()


def turn_buttons(following: str | None) -> None:
    """Draw the buttons that turn the list's page; `following` is the cursor of the next one."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if cursor():
            st.button("First page", icon=":material/first_page:", on_click=forget_cursor)
        if following:
            st.button("More", icon=":material/chevron_right:", on_click=_turn_to, args=(following,))


def _turn_to(following: str) -> None:
    st.query_params["after"] = following


def keep_filters(filters: ReviewFilters) -> None:
    """Keep the filters of the page, for the parts of it that are drawn alone."""
    st.session_state[_FILTERS] = filters


def filters_now() -> ReviewFilters:
    """The filters of the page."""
    kept = st.session_state.get(_FILTERS)
    return kept if isinstance(kept, ReviewFilters) else ReviewFilters()
