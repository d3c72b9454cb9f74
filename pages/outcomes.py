"""Outcomes: how network queries end, over time and per source. Numbers only."""

from datetime import datetime, timedelta

import streamlit as st

from pages._ui.frame.viewer import actor, remembered, zone
from pages._ui.panels.headline_figures import headline_figures
from pages._ui.panels.outcome_charts import OutcomeCharts
from services.bootstrap import desk
from services.outcomes.buckets import day_start
from services.outcomes.tables import headline
from services.staff.permissions import Permission

_PERIODS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days"}
_BUCKETS = {"hour": "Hour", "day": "Day", "week": "Week"}


def _period(days: int) -> tuple[datetime, datetime, datetime]:
    """The last `days` days of the viewer's calendar, today included.

    Answers the first moment (UTC) of as many days before, of these days, and of tomorrow.
    """
    today = desk().clock().astimezone(zone()).date()
    first = today + timedelta(days=1 - days)
    edges = first - timedelta(days=days), first, today + timedelta(days=1)
    before, since, until = (day_start(day, zone()) for day in edges)
    return before, since, until


who = actor()
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Outcomes")
    st.space("stretch")
    days = st.segmented_control(
        "Period",
        list(_PERIODS),
        default=30,
        required=True,
        format_func=lambda number: _PERIODS[number],
        key="period",
        bind="query-params",
    )
    bucket = st.segmented_control(
        "Per",
        list(_BUCKETS),
        default="day",
        required=True,
        format_func=lambda width: _BUCKETS[width],
        key="bucket",
        bind="query-params",
    )

earlier, since, until = _period(days)
facts = remembered(f"outcomes {since}", 30, lambda: desk().outcomes.facts(who, since, until))
before = remembered(
    f"outcomes {since} before", 300, lambda: desk().outcomes.facts(who, earlier, since)
)
headline_figures(headline(facts.queries), headline(before.queries))
if facts.queries.empty:
    st.info("No queries in this period. Choose a longer one.", icon=":material/event_busy:")
    st.stop()

charts = OutcomeCharts(facts, since, until, opens=who.may(Permission.QUERIES_VIEW))
charts.status(bucket)
left, right = st.columns(2, gap="large")
with left:
    charts.success()
with right:
    charts.durations()
charts.errors()
if charts.opens:
    st.caption("Click a bar or a mark to see the queries behind it.")
