"""The place in a long list: a cursor and an order, both in the URL.

The cursor stands there as `after`; `order` stands there only where the oldest come first.
"""

from datetime import datetime

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.list.cells import Order
from pages._ui.words.times import exact

_CURSOR, _ORDER = "after", "order"


def cursor() -> str | None:
    """The cursor of the page that the URL asks for; None for the first."""
    return st.query_params.get(_CURSOR)


def order() -> Order:
    """The order that the URL asks for; the newest come first where it asks for none known."""
    oldest = st.query_params.get(_ORDER) == Order.OLDEST
    return Order.OLDEST if oldest else Order.NEWEST


def turn(wanted: Order) -> None:
    """Have the list begin at its other end."""
    forget_cursor()
    if wanted is Order.OLDEST:
        st.query_params[_ORDER] = wanted.value
    else:
        st.query_params.pop(_ORDER, None)


def forget_cursor() -> None:
    """Go back to the first page: a cursor belongs to the filters that it was made with."""
    st.query_params.pop(_CURSOR, None)


def nothing_found(searched_to: datetime | None, otherwise: str) -> str:
    """What an empty list says; `otherwise` where everything was looked through."""
    return "Nothing that matches was found so far." if searched_to else otherwise


def paging_buttons(
    following: str | None, *, by_time: bool = True, searched_to: datetime | None = None
) -> None:
    """Draw the buttons that turn the page; `following` is the cursor of the next one, if any.

    Without `by_time` the list has another order than that of time. With `searched_to` (UTC) the
    search of this page stopped there, and the button has it go on.
    """
    newest = order() is Order.NEWEST
    if searched_to:
        reach = "back to" if newest else "up to"
        st.markdown(
            f"Searched {reach} {exact(searched_to, zone())}: more may match "
            f"{'before' if newest else 'after'} it."
        )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if cursor():
            first = "First page" if not by_time else "Newest" if newest else "Oldest"
            st.button(first, icon=":material/first_page:", on_click=forget_cursor)
        st.button(
            _next_label(by_time, newest, searched_to is not None),
            icon=":material/manage_search:" if searched_to else ":material/chevron_right:",
            disabled=following is None,
            on_click=_go_to,
            args=(following,),
        )


def _next_label(by_time: bool, newest: bool, goes_on: bool) -> str:
    if goes_on:
        return "Search further back" if newest else "Search further on"
    if not by_time:
        return "Next page"
    return "Older" if newest else "Newer"


def _go_to(following: str) -> None:
    st.query_params[_CURSOR] = following
