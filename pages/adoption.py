"""Adoption: how far people get on the way to their records, and who comes back. Numbers first."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages._ui.adoption import activity, fates, funnel
from pages._ui.adoption.headline import Headline, headline_figures
from pages._ui.adoption.outside import goals_of_steps, read_outside, say_if_unfinished
from pages._ui.adoption.people_list import show_people
from pages._ui.adoption.view_choice import chosen_view
from pages._ui.dialogs.export_charts import offer_charts
from pages._ui.frame.errors import errors_shown
from pages._ui.frame.part import part
from pages._ui.frame.viewer import actor, remembered
from pages._ui.goals.plan_bar import plan_bar
from pages._ui.outcomes.view_choice import facility_names
from services.desk import desk
from services.outcomes.adoption.cells import NEW, RETURNING
from services.outcomes.adoption.figures import yield_of
from services.outcomes.adoption.steps import steps_of
from services.outcomes.adoption.views import AdoptionView
from services.staff.permissions import Permission

_KEPT_SECONDS = 30
Facts = TypeVar("Facts")


def _kept(name: str, view: AdoptionView, read: Callable[[], Facts]) -> Facts:
    key = f"adoption {name} {view.width} {view.number} {view.now.end} {view.part} {view.consent}"
    return remembered(key, _KEPT_SECONDS, read)


def _show(view: AdoptionView) -> None:
    adoption = desk().adoption
    steps = _kept("funnel", view, lambda: adoption.funnel(who, view))
    came = _kept("activity", view, lambda: adoption.activity(who, view))
    received, before = _kept("received", view, lambda: adoption.received(who, view))
    ends = _kept("fates", view, lambda: adoption.fates(who, view))
    active = [table[[NEW, RETURNING]].sum(axis=1).mean() for table in (came.active, came.before)]
    headline_figures(
        Headline(
            (int(received["n"].sum()), before),
            (active[0], active[1]),
            steps.steps,
            (yield_of(ends.sessions), yield_of(ends.before)),
        ),
        view,
    )
    outside = read_outside(who, view)
    funnel.show_funnel(steps, opens=opens)
    goals_of_steps(outside)
    if opens and (step := funnel.stopped_step(steps.steps)) is not None:
        show_people(who, view, step)
    if not product:
        part(funnel.show_times)(steps.steps)
    with st.grid(2, min_column_width=400, gap="medium"):
        with st.container():
            activity.show_received(received, view, outside)
        with st.container():
            activity.show_active(came, view, outside)
        with st.container():
            activity.show_retention(came.cohorts)
        with st.container():
            activity.show_ias_share(came, view)
        with st.container():
            fates.show_yield(ends)
        with st.container():
            fates.show_links(ends)
            activity.show_per_person(came.per_person)
    funnel.show_methods(steps)
    if view.part.facility_id is None and not (product and view.part.leave_out_external):
        facilities = _kept("facilities", view, lambda: adoption.facilities(who, view))
        fates.show_facilities(facilities, facility_names(who), steps_of(consent=view.consent))


who = actor()
opens = who.may(Permission.ADOPTION_PEOPLE)
product = not who.may(Permission.QUERIES_VIEW)
st.title("Adoption")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    view = chosen_view(who)
    st.space("stretch")
    offer_charts(who, view)
with errors_shown():
    plan_bar(who, "adoption")
    say_if_unfinished()
    _show(view)
