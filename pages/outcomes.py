"""Outcomes: how network queries end, over time and per source. Numbers only."""

import streamlit as st

from pages._ui.charts.draw import empty_picture
from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor, remembered, zone
from pages._ui.panels.headline_figures import headline_figures
from pages._ui.panels.outcome_charts import OutcomeCharts
from pages._ui.panels.period_choice import PERIODS, chosen_period
from services.desk import desk
from services.outcomes.outcomes import OutcomeFacts
from services.outcomes.periods import Period, period_of
from services.outcomes.tables import headline
from services.staff.permissions import Permission


def _facts(period: Period) -> tuple[OutcomeFacts, OutcomeFacts]:
    """The facts of a period, and of the same part of the time before it."""
    now = remembered(
        f"outcomes {period.since}",
        30,
        lambda: desk().outcomes.facts(who, period.since, period.until),
    )
    before = remembered(
        f"outcomes {period.since} before",
        60,
        lambda: desk().outcomes.facts(who, period.before_since, period.before_until),
    )
    return now, before


def _say_that_it_is_empty(days: int) -> None:
    longest = max(PERIODS)
    advice = "Choose a longer period above." if days < longest else "Start one on a person’s page."
    empty_picture(f"No queries in this period ({PERIODS[days].lower()})", advice)


who = actor()
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Outcomes")
    st.space("stretch")
    days, notes = chosen_period()
for note in notes:
    st.warning(note, icon=":material/link_off:")

period = period_of(days, desk().clock(), zone())
facts, before = _facts(period)
headline_figures(headline(facts.queries), headline(before.queries), period)
if facts.queries.empty:
    _say_that_it_is_empty(days)
    st.stop()

charts = OutcomeCharts(facts, period, opens=who.may(Permission.QUERIES_VIEW))
if charts.opens:
    st.caption("A click on a mark, or on a row of its numbers, opens the queries behind it.")
part(charts.status)()
with st.grid(2, min_column_width=400, gap="medium"):
    with st.container():
        part(charts.success)()
    with st.container():
        part(charts.durations)()
part(charts.errors)()
