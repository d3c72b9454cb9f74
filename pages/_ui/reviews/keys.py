"""The keys of an open item, and the focus at its heading once it is opened."""

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from services.desk import desk

_mount = st.components.v2.component(
    "access_desk_review_keys",
    js=(Path(__file__).parent / "keys.js").read_text("utf-8"),
)

_WANTED = "review_focus"


def want_heading() -> None:
    """Have the focus go to the heading of the item, once."""
    # The time makes it another wish each time: the same one would not be carried out again.
    st.session_state[_WANTED] = desk().clock().isoformat()


def review_keys(heading: str, fields: Mapping[str, str], skip: Callable[[], None]) -> None:
    """Listen on the heading in the container `heading`; `skip` is called for the next item.

    `fields` are the keys of the fields `judgement`, `note` and `owner` of the form.
    """
    _mount(
        key="review_keys",
        data={
            "heading": heading,
            "fields": dict(fields),
            "turn": st.session_state.get(_WANTED, ""),
        },
        on_pressed_change=skip,
    )
