"""Outcomes: how network queries end, over time and per source. Numbers only."""

import streamlit as st

from pages._ui.charts.draw import empty_picture
from pages._ui.charts.head import definition_button
from pages._ui.dialogs.export_charts import offer_charts
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor, remembered
from pages._ui.goals.plan_bar import plan_bar
from pages._ui.outcomes.charts import OutcomeCharts
from pages._ui.outcomes.facility_list import facility_list
from pages._ui.outcomes.goal_lines import goal_lines
from pages._ui.outcomes.headline import headline_figures
from pages._ui.outcomes.view_choice import Choice, chosen_part, chosen_period, facility_names
from services.desk import desk
from services.outcomes.outcomes import OutcomeView, SourceFacts, StatusFacts
from services.outcomes.rollups.reading import Part
from services.staff.permissions import Permission

_KEPT_SECONDS = 30
_LONG_DAYS = 90
_BUILDING = (
    "The log is being counted, its newest days first: what is older is not in these figures yet. "
    "Reload the page in a minute."
)


def _view(choice: Choice, of: Part, bucket: str) -> OutcomeView:
    return OutcomeView(choice.period, bucket, choice.zone, of)


def _key(view: OutcomeView) -> str:
    """What a view is remembered by: all that it is made of but the present moment."""
    period = view.period
    return f"{view.bucket} {period.since} {period.until} {view.zone.key} {view.part}"


def _status(view: OutcomeView) -> StatusFacts:
    key = f"outcomes status {_key(view)}"
    return remembered(key, _KEPT_SECONDS, lambda: desk().outcomes.status(who, view))


def _sources(view: OutcomeView) -> SourceFacts:
    key = f"outcomes sources {_key(view)}"
    return remembered(key, _KEPT_SECONDS, lambda: desk().outcomes.sources(who, view))


def _show(choice: Choice, of: Part) -> None:
    usual = _view(choice, of, choice.usual)
    status = _status(usual)
    if not status.progress.is_built:
        st.info(_BUILDING, icon=":material/hourglass_top:")
    headline_figures(status, choice)
    if status.status.empty:
        empty_picture(
            f"No queries in this period ({choice.name.lower()})",
            "Choose a longer period above."
            if choice.period.days < _LONG_DAYS
            else "Leave out less, or start one on a person’s page.",
        )
        return
    charts = OutcomeCharts(
        choice=choice,
        facts=_sources(usual),
        read_status=lambda bucket: _status(_view(choice, of, bucket)),
        happened=desk().annotations.between(who, choice.period.since, choice.period.until),
        goals=goal_lines(desk().goals.in_force(who)),
        opens=opens,
    )
    if opens:
        st.caption("A click on a mark, or on a row of its numbers, opens the queries behind it.")
    part(charts.status)()
    part(charts.sources)()
    part(charts.durations)()
    part(charts.errors)()
    part(charts.records)()
    part(facility_list)(charts.facts, facility_names(who), opens=opens)


who = actor()
opens = who.may(Permission.QUERIES_VIEW)
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Outcomes", width="content")
    definition_button("headline")
    st.space("stretch")
    choice, notes = chosen_period(who)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    of = chosen_part(who)
    st.space("stretch")
    offer_charts(who, _view(choice, of, choice.usual))
for note in notes:
    st.warning(note, icon=":material/link_off:")
with errors_shown():
    plan_bar(who, "outcomes")
    _show(choice, of)
