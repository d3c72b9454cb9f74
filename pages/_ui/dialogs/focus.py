"""Moves the cursor into a field, for which Streamlit has no way of its own."""

from collections.abc import Sequence

import streamlit as st

from services.bootstrap import desk

_mount = st.components.v2.component(
    "access_desk_focus",
    js="""
export default function ({ data }) {
  const focus = () => {
    const field = document.querySelector(`.st-key-${data.key} input`)
    field?.focus({ preventScroll: true })
    // Not only just into view, where the foot of the dialog would cover it.
    field?.scrollIntoView({ block: "center" })
  }
  // The field may be drawn a moment later than this.
  const timer = setTimeout(focus, 50)
  return () => clearTimeout(timer)
}
""",
)


def focus_first(key: str, names: Sequence[str]) -> None:
    """Put the cursor into the first of the fields, whose keys are `key`, an underscore, a name."""
    if not names:
        return
    # The time makes it another call each time: the same one would not be carried out again.
    turn = desk().clock().isoformat()
    _mount(key=f"{key}_focus", data={"key": f"{key}_{names[0]}", "turn": turn})
