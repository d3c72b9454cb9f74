"""One call to upstream in full."""

import streamlit as st

from pages._ui.frame.viewer import zone
from pages._ui.words.outside import markdown_text
from pages._ui.words.times import exact
from services.calls.rows import UpstreamCall


def call_card(call: UpstreamCall) -> None:
    """Draw what was asked, what was answered, and the ways to the person and the query."""
    with st.container(border=True):
        st.markdown(f"**{markdown_text(f'{call.method} {call.path}')}**")
        st.caption(markdown_text(_describe(call)))
        left, right = st.columns(2)
        left.caption("Metriport’s request id")
        left.code(call.upstream_request_id or "none", language=None)
        right.caption("Our id")
        right.code(call.id, language=None)
        with st.container(horizontal=True):
            _links(call)


def _describe(call: UpstreamCall) -> str:
    parts = [
        f"HTTP {call.status}" if call.status else "No answer",
        f"{call.duration_ms:,} ms",
        exact(call.at, zone()),
        call.error_title,
        call.error_detail,
    ]
    return " · ".join(part for part in parts if part)


def _links(call: UpstreamCall) -> None:
    if call.patient_id:
        st.page_link(
            "patient.py",
            label="Open the person",
            icon=":material/person:",
            query_params={"patient": call.patient_id},
        )
    if call.query_id:
        st.page_link(
            "query.py",
            label="Open the query",
            icon=":material/travel_explore:",
            query_params={"query": call.query_id},
        )
