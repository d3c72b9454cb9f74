"""Ways to other pages that the browser's Back leads out of again, and the way back to a list."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st

_HERE = Path(__file__).parent
NAVIGATE = (_HERE / "navigate.js").read_text("utf-8")
"""The function `navigate(address)` for the scripts of components."""

_go = st.components.v2.component(
    "access_desk_go",
    html="\n<span hidden></span>\n",
    js=NAVIGATE + (_HERE / "go.js").read_text("utf-8"),
)
_VIEWS = "views_of_lists"


def page_address(file: str, params: Mapping[str, str | list[str]] | None = None) -> str:
    """The address of the page in `file`, with parameters; a list of values repeats its name."""
    query = urlencode(params or {}, doseq=True)
    return f"/{file.removesuffix('.py')}" + (f"?{query}" if query else "")


def go_to(address: str, *, instead: bool = False) -> NoReturn:
    """Have the browser go to `address`; the rest of this page is not drawn.

    `instead` leaves this page out of the browser's history, so that Back does not return to it.
    """
    _go(data={"address": address, "instead": instead, "once": secrets.token_hex(8)}, key="go")
    st.stop()


def remember_view(path: str) -> None:
    """Keep the filters and the place of the list at `path`, for the way back to it."""
    views: dict[str, dict[str, list[str]]] = st.session_state.setdefault(_VIEWS, {})
    views[path] = {name: st.query_params.get_all(name) for name in st.query_params}


def nothing_chosen(title: str, advice: str, icon: str) -> NoReturn:
    """Draw a page of one thing whose address names none; the rest of the page is not drawn."""
    st.title(title)
    st.info(advice, icon=icon)
    st.stop()


def back_link(file: str, label: str) -> None:
    """Draw the link back to the list in `file`, as the viewer left it."""
    view = st.session_state.get(_VIEWS, {}).get(file.removesuffix(".py"), {})
    st.page_link(file, label=label, icon=":material/arrow_back:", query_params=view)
