"""One query in full: its sources, and everything that happened to it."""

import streamlit as st

from pages._ui.frame.errors import show_error
from pages._ui.frame.go import back_link, nothing_chosen
from pages._ui.frame.live import Subject, watch, when_older
from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import actor
from pages._ui.journey.query_card import query_card
from pages._ui.journey.timeline_table import timeline_of_query
from pages._ui.list.cells import Hover
from pages._ui.list.facts_grid import Fact, Id, facts_grid
from pages._ui.words.names import origin_name, purpose_name, requested_names
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError
from services.lookup.finder import PlaceKind
from services.queries.query_log import QueryRow
from services.queries.requests import IAS
from services.queries.rows import NetworkQuery
from services.staff.permissions import Permission


def _show(row: QueryRow) -> None:
    query_card(row, desk().clock(), link=False)
    with st.container(horizontal=True):
        open_link(PlaceKind.PATIENT, row.query.patient_id)
        if who.may(Permission.IAS_AUDIT):
            params = {"query": row.query.id}
            label, icon = "Evidence", ":material/fact_check:"
            st.page_link("evidence.py", label=label, icon=icon, query_params=params)
    facts_grid(_facts(row.query))


def _facts(query: NetworkQuery) -> list[tuple[str, Fact]]:
    facts: list[tuple[str, Fact]] = [
        ("Query id", Id(query.id)),
        ("Metriport’s request id", Id(query.request_id)),
        ("Patient id", Id(query.patient_id)),
        ("Submitted", query.submitted_at),
        ("Finished", query.finished_at or "not yet"),
        ("Started by", query.started_by or origin_name(query.origin)),
        ("Sources asked for", Hover(requested_names(query.requested), query.requested)),
        ("Reason", query.reason),
        ("Ticket", query.ticket),
    ]
    if query.purpose == IAS:
        facts += [
            ("Proofed identity", Id(query.proofed_identity_id)),
            ("AAL2 session (our row)", Id(query.aal2_session_id)),
        ]
    if query.unreadable:
        facts.append(("Sent by Metriport and not readable", query.unreadable))
    return facts


who = actor()
query_id = st.query_params.get("query", "")
back_link("queries.py", "Queries")
if not query_id:
    nothing_chosen(
        "Query", "No query is chosen. Choose one from the list.", ":material/travel_explore:"
    )

try:
    # Before the log is read: what changes meanwhile has the page drawn again.
    watched = watch(who, Subject.QUERY, query_id)
    row = desk().queries.open(who, query_id)
except AccessDeskError as error:
    st.title("This query cannot be shown")
    show_error(error)
    st.stop()

st.title(markdown_text(f"{purpose_name(row.query.purpose)} query"))
_show(row)
watched.keep(when_older(row.query.submitted_at, desk().clock()))
st.subheader("Timeline")
timeline_of_query(who, query_id)
