"""The head of a chart: its title, what it counts, and a place for its controls."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from services.outcomes.definitions import definition


def chart_head(title: str, definition_key: str) -> DeltaGenerator:
    """Draw the title, and behind a button what is counted; answers the place for controls.

    `definition_key` is a key of `services.outcomes.definitions`.
    """
    place, controls = head_places(definition_key)
    set_title(place, title)
    return controls


def head_places(definition_key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The same for a title that its controls decide on: its place, for `set_title`, and theirs."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        place = st.empty()
        definition_button(definition_key)
        st.space("stretch")
        controls = st.container(
            width="content", horizontal=True, vertical_alignment="bottom", gap="small"
        )
    return place, controls


def set_title(place: DeltaGenerator, title: str) -> None:
    """Draw the title of a chart at its place."""
    place.subheader(title, anchor=False, width="content")


def definition_button(key: str) -> None:
    """Draw a button behind which stands what a chart or figure counts."""
    with st.popover("Definition", icon=":material/info:", type="tertiary", key=f"define_{key}"):
        st.markdown(definition(key).markdown)
