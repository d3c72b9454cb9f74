"""Above the charts: the goals that are not met, and the buttons that set goals and annotate."""

import streamlit as st

from pages._ui.frame.viewer import remembered
from pages._ui.goals.annotation_dialog import annotation_dialog
from pages._ui.goals.goal_dialog import goal_dialog
from pages._ui.goals.words import MEASURES, target_words, value_words
from services.desk import desk
from services.outcomes.goals.goals import Standing
from services.outcomes.goals.measures import ABOUT
from services.staff.permissions import Actor, Permission

_KEPT_SECONDS = 30


def plan_bar(who: Actor, page: str) -> None:
    """Draw it for the charts of `page`, `outcomes` or `adoption`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        sets = who.may(Permission.GOALS_SET) and st.button(
            "Set a goal", icon=":material/flag:", key="open_goal"
        )
        notes = who.may(Permission.ANNOTATE) and st.button(
            "Annotate", icon=":material/add_notes:", key="open_annotation"
        )
    _breaches(who, page)
    # A press in an open dialog runs the dialog alone, so it stays open without being remembered.
    if sets:
        goal_dialog(who, page)
    elif notes:
        annotation_dialog(who)


def _breaches(who: Actor, page: str) -> None:
    goals = [(goal.id, goal.measure) for goal in desk().goals.in_force(who)]
    if not goals:
        return
    # A goal that was changed a moment ago has another id, so it is judged at once.
    key = f"goals {sorted(goals)}"
    standings = remembered(key, _KEPT_SECONDS, lambda: desk().goals.standings(who))
    for standing in standings:
        about = ABOUT[standing.measure]
        # The funnel says itself how the goals of its steps were met.
        if standing.is_breached and about.page == page and not about.steps:
            st.warning(_words(standing), icon=":material/trending_down:")


def _words(standing: Standing) -> str:
    measure, goal, found = standing.measure, standing.goal, standing.value
    width = ABOUT[measure].width
    when = f"{found.since:%B %Y}" if width == "month" else f"the week of {found.since:%B %-d}"
    return (
        f"**Goal missed.** {MEASURES[measure]}: {value_words(measure, found.value)} in {when} "
        f"(UTC), and it should be {target_words(measure, goal.at_least, goal.target)}."
    )
