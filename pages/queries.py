"""The log of network queries: filters that stand in the URL, and pages by a cursor."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.errors import errors_shown
from pages._ui.queries_table import queries_table
from pages._ui.status import escaped, look
from pages._ui.viewer import actor, remembered, zone
from pages._ui.words import ORIGINS, PURPOSES, SOURCES
from services.bootstrap import desk
from services.queries import QueryPage
from services.query_filters import QueryFilters
from services.query_status import COMPLETED, FAILED, NOT_STARTED, PROCESSING, STATUSES

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
    statuses = _several(upper[0], "Status", {one: look(one).label for one in STATUSES}, "status")
    purposes = _several(upper[1], "Purpose", PURPOSES, "purpose")
    source = _one(upper[2], "Source", SOURCES, "source")
    states = {one: look(one).label for one in SOURCE_STATUSES}
    source_status = _one(upper[3], "Its status", states, "source_status")
    origin = _one(upper[4], "Started in", ORIGINS, "origin")
    facility_id = _one(lower[0], "Facility", facilities, "facility")
    since = _day(lower[1], "From", "from")
    until = _day(lower[2], "To (inclusive)", "to")
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


def _several(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> list[str]:
    return where.multiselect(
        label,
        list(names),
        format_func=lambda one: names[one],
        key=key,
        placeholder="Any",
        bind="query-params",
    )


def _one(where: DeltaGenerator, label: str, names: Mapping[str, str], key: str) -> str | None:
    return where.selectbox(
        label,
        list(names),
        index=None,
        format_func=lambda one: names[one],
        key=key,
        placeholder="Any",
        bind="query-params",
    )


def _day(where: DeltaGenerator, label: str, key: str) -> date | None:
    day: date | None = where.date_input(
        label, value=None, key=key, format="YYYY-MM-DD", bind="query-params"
    )
    return day


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
