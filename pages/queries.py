"""The log of network queries: filters that stand in the URL, and pages by a cursor."""

from datetime import date, datetime, time, timedelta

import streamlit as st

from pages._ui.errors import errors_shown
from pages._ui.queries_table import queries_table
from pages._ui.status import escaped, look
from pages._ui.viewer import actor, remembered, zone
from pages._ui.words import ORIGINS, PURPOSES, SOURCES
from services.bootstrap import desk
from services.queries import QueryPage
from services.query_filters import QueryFilters
from services.query_status import STATUSES

_URL_ONLY = ("patient", "error", "by")
"""Filters that other pages set by a link, and that have no control of their own here."""


def _facility_names() -> dict[str, str]:
    with errors_shown():
        listed = remembered("facilities", 300, lambda: desk().patients.facilities(who))
        return {one.id: one.name for one in listed}
    return {}


def _filters(facilities: dict[str, str]) -> QueryFilters:
    row = st.columns([2, 2, 2, 2, 2])
    statuses = row[0].multiselect(
        "Status",
        STATUSES,
        format_func=lambda one: look(one).label,
        key="status",
        placeholder="Any",
        bind="query-params",
    )
    purposes = row[1].multiselect(
        "Purpose",
        list(PURPOSES),
        format_func=lambda one: PURPOSES[one],
        key="purpose",
        placeholder="Any",
        bind="query-params",
    )
    source = row[2].selectbox(
        "Source",
        list(SOURCES),
        index=None,
        format_func=lambda one: SOURCES[one],
        key="source",
        placeholder="Any",
        bind="query-params",
    )
    source_status = row[3].selectbox(
        "Its status",
        ["processing", "completed", "failed", "not_started"],
        index=None,
        format_func=lambda one: look(one).label,
        key="source_status",
        placeholder="Any",
        bind="query-params",
    )
    origin = row[4].selectbox(
        "Started in",
        list(ORIGINS),
        index=None,
        format_func=lambda one: ORIGINS[one],
        key="origin",
        placeholder="Anywhere",
        bind="query-params",
    )
    row = st.columns([4, 3, 3])
    facility_id = row[0].selectbox(
        "Facility",
        list(facilities),
        index=None,
        format_func=lambda one: facilities.get(one, one),
        key="facility",
        placeholder="All facilities",
        bind="query-params",
    )
    since = row[1].date_input(
        "From", value=None, key="from", format="YYYY-MM-DD", bind="query-params"
    )
    until = row[2].date_input(
        "To (inclusive)", value=None, key="to", format="YYYY-MM-DD", bind="query-params"
    )
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
        since=_midnight(since),
        until=_midnight(until, days_on=1),
    )


def _midnight(day: date | None, days_on: int = 0) -> datetime | None:
    """The beginning of a day in the viewer's zone."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days_on), time(), zone())


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


def _turning(page: QueryPage) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if "before" in st.query_params and st.button("Newest", icon=":material/first_page:"):
            del st.query_params["before"]
            st.rerun()
        if st.button("Older", icon=":material/chevron_right:", disabled=page.older is None):
            st.query_params["before"] = str(page.older)
            st.rerun()


who = actor()
st.title("Queries")
facilities = _facility_names()
filters = _filters(facilities)
_url_filters()
page = _page(filters)
if page is not None:
    if page.rows:
        queries_table(page.rows, key="queries", hidden=["Reason"])
    else:
        st.info("No query matches these filters.", icon=":material/filter_alt_off:")
    _turning(page)
