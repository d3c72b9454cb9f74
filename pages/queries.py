"""The log of network queries: filters that stand in the URL, and pages by a cursor."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.dialogs.export import export_button, export_dialog
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.live import Subject, live
from pages._ui.frame.viewer import actor, remembered
from pages._ui.list.cells import Order
from pages._ui.list.filters import one_of, period, several
from pages._ui.list.link_filters import exact_filters
from pages._ui.list.paging import cursor, nothing_found, order, paging_buttons, turn
from pages._ui.list.queries_table import queries_table
from pages._ui.words.names import ORIGINS, PURPOSES, SOURCES
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES
from services.desk import desk
from services.queries.export import queries_export
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryPage


def _facility_names() -> dict[str, str]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {facility.id: facility.name for facility in listed}
    return {}


def _filters(facilities: Mapping[str, str]) -> QueryFilters:
    upper, lower = st.columns(5), st.columns([4, 3, 3])
    query_states = {state: words.label for state, words in QUERY_STATES.items()}
    since, until = period(lower[1], lower[2])
    source_states = {state: words.label for state, words in SOURCE_STATES.items()}
    return QueryFilters(
        statuses=tuple(several(upper[0], "Status", query_states, "status")),
        purposes=tuple(several(upper[1], "Purpose", PURPOSES, "purpose")),
        source=one_of(upper[2], "Source", SOURCES, "source"),
        source_status=one_of(upper[3], "Source status", source_states, "source_status"),
        origin=one_of(upper[4], "Started in", ORIGINS, "origin"),
        facility_id=one_of(lower[0], "Facility", facilities, "facility"),
        since=since,
        until=until,
    )


def _follow(filters: QueryFilters) -> None:
    """The table, drawn again when any query has changed."""
    page = _read(filters)
    queries_table(
        page.rows,
        key="queries",
        empty=nothing_found(page.searched_to, "No query matches these filters."),
        order=order(),
        turn=turn,
    )
    paging_buttons(page.next, searched_to=page.searched_to)


def _read(filters: QueryFilters) -> QueryPage:
    return desk().queries.search(who, filters, cursor(), order() is Order.OLDEST)


who = actor()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Queries")
    export = export_button()
filters = exact_filters(_filters(_facility_names()))
if export:
    export_dialog(who, "queries", lambda: queries_export(filters))
with errors_shown():
    live(_follow, Subject.QUERY)(filters)
