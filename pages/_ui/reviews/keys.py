"""The keys of an open item, and where the cursor goes when one is opened or decided."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from services.desk import desk

_mount = st.components.v2.component(
    "access_desk_review_keys",
    js=(Path(__file__).parent / "keys.js").read_text("utf-8"),
)

_WANTED = "review_focus"
HEADING = "heading"


def want_focus(place: str) -> None:
    """Have the cursor go to the `HEADING` of the item, or to the field with this key, once."""
    # The time makes it another wish each time: the same one would not be carried out again.
    st.session_state[_WANTED] = (place, desk().clock().isoformat())


def review_keys(heading: str, press: Callable[[str], None]) -> None:
    """Listen on the heading in the container `heading`; `press` is called with 1, 2, 3 or n."""
    place, turn = st.session_state.get(_WANTED, ("", ""))
    key = "review_keys"
    _mount(
        key=key,
        data={"heading": heading, "field": "" if place == HEADING else place, "turn": turn},
        on_pressed_change=lambda: press(str(st.session_state[key]["pressed"])),
    )
