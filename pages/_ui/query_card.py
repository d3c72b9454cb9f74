"""One query with its sources: the live card, on the person's page and on the query's own."""

from datetime import datetime

import streamlit as st

from pages._ui.explain import meaning, source_remark, upstream_words
from pages._ui.status import badge, escaped
from pages._ui.viewer import zone
from pages._ui.words import ago, duration, exact, purpose_name, source_name
from services.queries.query_log import QueryRow
from services.queries.rows import QuerySource
from services.queries.status import PROCESSING, SUBMITTING


def query_card(row: QueryRow, now: datetime, *, link: bool = True) -> None:
    """The query's state, what it means, and each source's."""
    query = row.query
    with st.container(border=True, key=f"query_{query.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{purpose_name(query.purpose)} query** {badge(query.status)}")
            st.space("stretch")
            when = f"submitted {ago(query.submitted_at, now)}"
            st.caption(when, help=exact(query.submitted_at, zone()), width="content")
            if link:
                st.page_link(
                    "query.py",
                    label="Details",
                    icon=":material/arrow_forward:",
                    query_params={"query": query.id},
                )
        st.caption(meaning(query))
        if query.error_kind:
            st.markdown(f":gray[Metriport’s words:] {escaped(upstream_words(query))}")
        for source in row.sources:
            _source_line(source, query.submitted_at, now)


def _source_line(source: QuerySource, submitted_at: datetime, now: datetime) -> None:
    name, state, took, remark = st.columns([4, 5, 5, 7], vertical_alignment="center")
    attempt = f" · attempt {source.attempt}" if source.attempt > 1 else ""
    name.markdown(f"{escaped(source_name(source.type))}{attempt}")
    state.markdown(badge(source.status))
    took.markdown(_time(source, submitted_at, now), help=_exact(source))
    remark.caption(escaped(_remark(source)))


def _time(source: QuerySource, submitted_at: datetime, now: datetime) -> str:
    began = source.started_at or submitted_at
    if source.completed_at:
        return f"took {duration(source.completed_at - began)}"
    if source.status in (PROCESSING, SUBMITTING):
        return f"for {duration(max((now - began).total_seconds(), 0))}"
    return ""


def _exact(source: QuerySource) -> str | None:
    told = [
        f"{word} {exact(at, zone())}"
        for word, at in (
            ("Started", source.started_at),
            ("First data", source.first_data_at),
            ("Ended", source.completed_at),
        )
        if at
    ]
    return "  \n".join(told) or None


def _remark(source: QuerySource) -> str:
    parts = [source.specific_source or "", source_remark(source)]
    if source.first_data_at and not source.completed_at:
        parts.append("first data is there")
    return " · ".join(part for part in parts if part)
