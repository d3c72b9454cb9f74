"""What the rules found about one query or look, the worst first, with the source of each rule."""

from collections.abc import Sequence

import streamlit as st

from pages._ui.words.compliance.rules import rule_title
from pages._ui.words.compliance.states import severity_words
from pages._ui.words.outside import markdown_text
from pages._ui.words.states import badge_of
from services.compliance.evidence.evidence import Found


def found_list(found: Sequence[Found], rules_version: str) -> None:
    """Draw each finding; without any, say so."""
    st.subheader("Findings")
    if not found:
        version = markdown_text(rules_version)
        st.markdown(f"{badge_of(severity_words(0))} No rule of version {version} found anything.")
        return
    with st.grid(2, min_column_width=400, gap="small"):
        for one in found:
            _card(one)


def _card(one: Found) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        title = markdown_text(rule_title(one.rule))
        st.markdown(f"{badge_of(severity_words(one.severity))} **{title}**")
        st.markdown(markdown_text(one.text))
        st.markdown(f":small[:gray[Source: {markdown_text(one.source)}]]")
