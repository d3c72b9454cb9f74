"""Outcomes: how network queries end, over time and per source. Numbers only."""

from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from pages._ui.charts import duration_figure, errors_figure, source_figure, status_figure
from pages._ui.status import look
from pages._ui.viewer import actor, is_dark, remembered, zone
from pages._ui.words import purpose_name, source_name
from services.bootstrap import desk
from services.outcomes.outcomes import OutcomeFacts
from services.outcomes.tables import (
    Headline,
    headline,
    status_over_time,
    success_by_source,
    time_to_finish,
    top_errors,
)
from services.queries.status import COMPLETED
from services.staff.permissions import Permission

_PERIODS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days"}
_BUCKETS = {"hour": "Hour", "day": "Day", "week": "Week"}


def _period(days: int) -> tuple[datetime, datetime]:
    """The last `days` days of the viewer's calendar, today included."""
    today = desk().clock().astimezone(zone()).date()
    first = today - timedelta(days=days - 1)
    midnight = datetime.combine(first, time(), zone())
    return midnight, datetime.combine(today + timedelta(days=1), time(), zone())


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _change(now: float | None, before: float | None) -> str | None:
    if now is None or before is None:
        return None
    return f"{(now - before) * 100:+.1f} points"


def _figures(now: Headline, before: Headline) -> None:
    earlier = "vs. before"
    with st.grid(min_column_width=200):
        st.metric(
            "Queries",
            f"{now.queries:,}",
            delta=f"{now.queries - before.queries:+,}" if before.queries else None,
            delta_color="off",
            delta_description=earlier,
            border=True,
        )
        st.metric(
            "Completed",
            _rate(now.completed_rate),
            delta=_change(now.completed_rate, before.completed_rate),
            delta_description=earlier,
            border=True,
            help="Every source answered. Of the queries that ran to their end.",
        )
        st.metric(
            "Failed",
            _rate(now.failed_rate),
            delta=_change(now.failed_rate, before.failed_rate),
            delta_color="inverse",
            delta_description=earlier,
            border=True,
            help="No source answered. Of the queries that ran to their end.",
        )
        st.metric(
            "IAS share",
            _rate(now.ias_share),
            delta=_change(now.ias_share, before.ias_share),
            delta_color="off",
            delta_description=earlier,
            border=True,
            help="Queries for individual access, of all queries.",
        )


def _chart(figure: Any, key: str, alt: str) -> tuple[Any, ...] | None:
    """Draw a chart; answers what the clicked mark stands for."""
    event: Any = st.plotly_chart(
        figure,
        key=key,
        on_select="rerun" if may_open else "ignore",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    points = event["selection"]["points"] if may_open else []
    return tuple(points[0]["customdata"]) if points else None


def _open_source(kind: str, status: str) -> None:
    _open_queries(source=source_name(kind), source_status=look(status).label)


def _open_queries(**filters: str) -> None:
    """Go to the queries behind a mark; a URL carries the words that the filters show."""
    for filter_key in ("status", "purpose", "source", "source_status", "origin", "facility"):
        # What was filtered for at an earlier visit is not what this mark stands for.
        st.session_state.pop(filter_key, None)
    first = since.date().isoformat()
    last = (until - timedelta(days=1)).date().isoformat()
    st.switch_page("queries.py", query_params={"from": first, "to": last} | filters)


def _status_chart(facts: OutcomeFacts) -> None:
    table = status_over_time(facts.queries, bucket, zone().key, since, until)
    figure = status_figure(table, dark=is_dark())
    clicked = _chart(figure, "outcomes_status", f"Queries per {bucket} by status and purpose")
    if clicked:
        purpose, status, start = clicked
        begin = datetime.fromisoformat(start)
        end = begin + (timedelta(days=6) if bucket == "week" else timedelta())
        days = {"from": begin.date().isoformat(), "to": end.date().isoformat()}
        named = {"purpose": purpose_name(purpose), "status": look(status).label}
        _open_queries(**named, **days)


def _source_charts(facts: OutcomeFacts) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Success by source")
        table = success_by_source(facts.sources)
        clicked = _chart(source_figure(table, dark=is_dark()), "outcomes_sources", _told(table))
        if clicked:
            _open_source(clicked[0], clicked[1])
    with right:
        st.subheader("Time to finish by source")
        times = time_to_finish(facts.sources)
        clicked = _chart(duration_figure(times, dark=is_dark()), "outcomes_times", _told(times))
        if clicked:
            _open_source(clicked[0], COMPLETED)


def _errors_chart(facts: OutcomeFacts) -> None:
    st.subheader("Most frequent errors")
    table = top_errors(facts)
    if table.empty:
        st.caption("No errors in this period.")
        return
    clicked = _chart(errors_figure(table, dark=is_dark()), "outcomes_errors", _told(table))
    if clicked:
        where, error = clicked
        source = {} if where == "query" else {"source": source_name(where)}
        _open_queries(error=error, **source)


def _told(table: Any) -> str:
    """A chart's numbers as words, for those who do not see it."""
    return str(table.round(3).to_dict("records"))[:1500]


who = actor()
may_open = who.may(Permission.QUERIES_VIEW)

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Outcomes")
    st.space("stretch")
    days = st.segmented_control(
        "Period",
        list(_PERIODS),
        default=30,
        required=True,
        format_func=lambda one: _PERIODS[one],
        key="period",
        bind="query-params",
    )
    bucket = st.segmented_control(
        "Per",
        list(_BUCKETS),
        default="day",
        required=True,
        format_func=lambda one: _BUCKETS[one],
        key="bucket",
        bind="query-params",
    )

since, until = _period(days)
span = until - since
facts = remembered(f"outcomes {since}", 30, lambda: desk().outcomes.facts(who, since, until))
before = remembered(
    f"outcomes {since} before", 300, lambda: desk().outcomes.facts(who, since - span, since)
)
_figures(headline(facts.queries), headline(before.queries))
if facts.queries.empty:
    st.info("No queries in this period. Choose a longer one.", icon=":material/event_busy:")
    st.stop()

st.subheader("Status over time")
_status_chart(facts)
_source_charts(facts)
_errors_chart(facts)
if may_open:
    st.caption("Click a bar or a mark to see the queries behind it.")
