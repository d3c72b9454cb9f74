"""The place in a long list: a cursor and an order, both in the URL.

The cursor stands there as `after`; `order` stands there only where the oldest come first.
"""

import streamlit as st

from pages._ui.list.cells import Order

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


def paging_buttons(following: str | None, *, by_time: bool = True) -> None:
    """Draw the buttons that turn the page; `following` is the cursor of the next one, if any.

    Without `by_time` the list has another order than that of time.
    """
    newest = order() is Order.NEWEST
    with st.container(horizontal=True, horizontal_alignment="right"):
        if cursor():
            first = "First page" if not by_time else "Newest" if newest else "Oldest"
            st.button(first, icon=":material/first_page:", on_click=forget_cursor)
        st.button(
            "Next page" if not by_time else "Older" if newest else "Newer",
            icon=":material/chevron_right:",
            disabled=following is None,
            on_click=_go_to,
            args=(following,),
        )


def _go_to(following: str) -> None:
    st.query_params[_CURSOR] = following
