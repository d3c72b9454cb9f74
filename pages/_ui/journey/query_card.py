"""One query with its sources, as a card."""

from datetime import datetime

import streamlit as st

from pages._ui.frame.places import open_link
from pages._ui.frame.viewer import zone
from pages._ui.words.names import purpose_name, source_name
from pages._ui.words.outside import markdown_text
from pages._ui.words.queries import query_meaning, source_reason, upstream_error
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, badge
from pages._ui.words.times import ago, duration, exact, list_times
from services.lookup.finder import PlaceKind
from services.queries.query_log import QueryRow
from services.queries.rows import QuerySource
from services.queries.status import PROCESSING, SUBMITTING


def query_card(row: QueryRow, now: datetime, *, link: bool = True) -> None:
    """Draw the query's state, what it means, and the state of each source.

    With `link`, the card leads to the query's own page.
    """
    query = row.query
    with st.container(border=True, key=f"query_{query.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = markdown_text(f"{purpose_name(query.purpose)} query")
            st.markdown(f"**{title}** {badge(QUERY_STATES, query.status)}")
            st.space("stretch")
            when = f"submitted {ago(query.submitted_at, now)}"
            st.caption(when, help=exact(query.submitted_at, zone()), width="content")
            if link:
                open_link(PlaceKind.QUERY, query.id)
        st.markdown(query_meaning(query))
        if query.error_kind:
            st.markdown(f":gray[Metriport says:] {markdown_text(upstream_error(query))}")
        for source in row.sources:
            _source_line(source, query.submitted_at, now)


def _source_line(source: QuerySource, submitted_at: datetime, now: datetime) -> None:
    name, state, took, remark = st.columns([4, 5, 6, 6], vertical_alignment="center")
    attempt = f" · attempt {source.attempt}" if source.attempt > 1 else ""
    name.markdown(f"{markdown_text(source_name(source.type))}{attempt}")
    state.markdown(badge(SOURCE_STATES, source.status))
    took.markdown(_measure(source, submitted_at, now), help=_times(source) or None)
    remark.markdown(f":small[{markdown_text(_describe(source))}]")


def _measure(source: QuerySource, submitted_at: datetime, now: datetime) -> str:
    began = source.started_at or submitted_at
    if source.completed_at:
        return f"took {duration(source.completed_at - began)}"
    if source.status in (PROCESSING, SUBMITTING):
        return f"for {duration(max((now - began).total_seconds(), 0))}"
    return ""


def _times(source: QuerySource) -> str:
    times = {
        "Started": source.started_at,
        "First data": source.first_data_at,
        "Ended": source.completed_at,
    }
    return list_times(times, zone())


def _describe(source: QuerySource) -> str:
    parts = [source.specific_source or "", source_reason(source)]
    if source.first_data_at and not source.completed_at:
        parts.append("first data is there")
    return " · ".join(part for part in parts if part)
