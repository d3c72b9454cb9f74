"""The least that Streamlit can show: two pages with a title and a button, to compare with."""

import streamlit as st


def _first() -> None:
    st.title("First")
    st.button("Press")


def _second() -> None:
    # Each run shows another title, so that its end is seen.
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.title(f"Second {st.session_state['runs']}")
    st.button("Press")


st.navigation([st.Page(_first, title="First"), st.Page(_second, title="Second")]).run()
