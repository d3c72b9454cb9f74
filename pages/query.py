"""One query in full: its sources, and everything that happened to it."""

import streamlit as st

from pages._ui.errors import show_error
from pages._ui.live import live
from pages._ui.query_card import query_card
from pages._ui.timeline_table import timeline_table
from pages._ui.viewer import actor, remembered, zone
from pages._ui.words import exact, origin_name, purpose_name, requested_names
from services.bootstrap import desk
from services.errors import AccessDeskError
from services.lookup.timeline import EntryKind
from services.queries.query_log import QueryRow
from services.queries.rows import NetworkQuery
from services.staff.permissions import Actor


def _follow(who: Actor, query_id: str, runs: bool) -> None:
    detail = desk().queries.watch(who, query_id)
    if runs and detail.query.next_check_at is None:
        st.rerun()
    query_card(detail, desk().clock(), link=False)
    _facts(detail)


def _facts(detail: QueryRow) -> None:
    query = detail.query
    with st.container(horizontal=True):
        st.page_link(
            "patient.py",
            label="Open the person",
            icon=":material/person:",
            query_params={"patient": query.patient_id},
        )
    rows = _fact_rows(query)
    columns = st.columns(2)
    for position, (label, value) in enumerate(rows):
        with columns[position % 2]:
            st.caption(label)
            st.code(value, language=None)


def _fact_rows(query: NetworkQuery) -> list[tuple[str, str]]:
    zone_ = zone()
    return [
        ("Query id", query.id),
        ("Metriport’s request id", query.request_id or "none yet"),
        ("Patient id", query.patient_id),
        ("Submitted", exact(query.submitted_at, zone_)),
        ("Finished", exact(query.finished_at, zone_) or "not yet"),
        ("Started by", query.started_by or origin_name(query.origin)),
        ("Sources asked for", requested_names(query.requested) or "unknown"),
        ("Reason", query.reason or "none given"),
        ("Ticket", query.ticket or "none"),
        ("Proofed identity", query.proofed_identity_id or "none"),
        ("AAL2 session (our row)", query.aal2_session_id or "none known here"),
    ]


who = actor()
query_id = st.query_params.get("query", "")
st.page_link("queries.py", label="Queries", icon=":material/arrow_back:")
if not query_id:
    st.info("No query is chosen. Choose one from the list.", icon=":material/travel_explore:")
    st.stop()

try:
    remembered(f"query {query_id}", 300, lambda: desk().queries.open(who, query_id))
    detail = desk().queries.watch(who, query_id)
except AccessDeskError as error:
    st.title("This query cannot be shown")
    show_error(error)
    st.stop()

st.title(f"{purpose_name(detail.query.purpose)} query")
runs = detail.query.next_check_at is not None
live(_follow, 2 if runs else None)(who, query_id, runs)
st.subheader("Timeline")
timeline_table(who, desk().timeline.of_query(who, query_id), query_id, list(EntryKind))
