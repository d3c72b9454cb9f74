"""Moves the cursor into a field, for which Streamlit has no way of its own."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from services.desk import desk

_mount = st.components.v2.component(
    "access_desk_focus",
    js=(Path(__file__).parent / "focus.js").read_text("utf-8"),
)


def focus_first(key: str, names: Sequence[str]) -> None:
    """Put the cursor into the first of the fields, whose keys are `key`, an underscore, a name."""
    if not names:
        return
    # The time makes it another call each time: the same one would not be carried out again.
    turn = desk().clock().isoformat()
    _mount(key=f"{key}_focus", data={"key": f"{key}_{names[0]}", "turn": turn})
