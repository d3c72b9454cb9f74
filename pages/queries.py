"""The log of network queries: filters that stand in the URL, and pages by a cursor."""

from collections.abc import Mapping

import streamlit as st

from pages._ui.errors import errors_shown
from pages._ui.filters import day, midnight, older_and_newest, one_of, several
from pages._ui.live import live
from pages._ui.queries_table import queries_table
from pages._ui.status import escaped, look
from pages._ui.viewer import actor, remembered
from pages._ui.words import ORIGINS, PURPOSES, SOURCES
from services.bootstrap import desk
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryPage
from services.queries.status import COMPLETED, FAILED, NOT_STARTED, PROCESSING, STATUSES

SOURCE_STATUSES = (PROCESSING, COMPLETED, FAILED, NOT_STARTED)
_URL_ONLY = ("patient", "error", "by")
"""Filters that other pages set by a link, and that have no control of their own here."""


def _facility_names() -> dict[str, str]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {one.id: one.name for one in listed}
    return {}


def _filters(facilities: Mapping[str, str]) -> QueryFilters:
    upper, lower = st.columns(5), st.columns([4, 3, 3])
    statuses = several(upper[0], "Status", {one: look(one).label for one in STATUSES}, "status")
    purposes = several(upper[1], "Purpose", PURPOSES, "purpose")
    source = one_of(upper[2], "Source", SOURCES, "source")
    states = {one: look(one).label for one in SOURCE_STATUSES}
    source_status = one_of(upper[3], "Its status", states, "source_status")
    origin = one_of(upper[4], "Started in", ORIGINS, "origin")
    facility_id = one_of(lower[0], "Facility", facilities, "facility")
    since = day(lower[1], "From", "from")
    until = day(lower[2], "To (inclusive)", "to")
    return QueryFilters(
        statuses=tuple(statuses),
        purposes=tuple(purposes),
        source=source,
        source_status=source_status,
        facility_id=facility_id,
        started_by=st.query_params.get("by"),
        origin=origin,
        patient_id=st.query_params.get("patient"),
        error=st.query_params.get("error"),
        since=midnight(since),
        until=midnight(until, days_on=1),
    )


def _url_filters() -> None:
    """Show the filters that came by a link, each with a way to drop it."""
    named = {name: st.query_params[name] for name in _URL_ONLY if name in st.query_params}
    if not named:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, value in named.items():
            label = f"{name}: {escaped(value[:60])}"
            if st.button(label, icon=":material/close:", key=f"drop_{name}"):
                del st.query_params[name]
                st.rerun()


def _page(filters: QueryFilters) -> QueryPage | None:
    before = st.query_params.get("before")
    with errors_shown():
        # The first look at these filters is noted; drawing the same again is not another look.
        remembered(
            f"queries {filters} {before}",
            300,
            lambda: desk().queries.search(who, filters, before) and True,
        )
        return desk().queries.watch_page(who, filters, before)
    return None


def _follow(filters: QueryFilters, runs: bool) -> None:
    """The table, drawn again and again while a query of it is under way."""
    page = desk().queries.watch_page(who, filters, st.query_params.get("before"))
    if runs and not any(row.query.next_check_at for row in page.rows):
        st.rerun()
    if page.rows:
        queries_table(page.rows, key="queries", hidden=["Reason"])
    else:
        st.info("No query matches these filters.", icon=":material/filter_alt_off:")


who = actor()
st.title("Queries")
facilities = _facility_names()
filters = _filters(facilities)
_url_filters()
page = _page(filters)
if page is not None:
    runs = any(row.query.next_check_at for row in page.rows)
    live(_follow, 3 if runs else None)(filters, runs)
    older_and_newest(page.older)
