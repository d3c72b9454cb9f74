"""The dialog that sets the goal of a measure, or ends it."""

import streamlit as st

from pages._ui.dialogs.open_dialog import dialog
from pages._ui.frame.errors import show_error
from pages._ui.goals.words import MEASURES, UNITS, target_words
from pages._ui.words.outside import markdown_text
from services.desk import desk
from services.errors import AccessDeskError, InvalidInput
from services.outcomes.goals.measures import ABOUT, LARGEST, Measure, Unit
from services.staff.permissions import Actor

_SIDES = {True: "At least", False: "At most"}


@dialog("Set a goal", icon=":material/flag:", width="medium")
def goal_dialog(who: Actor, page: str) -> None:
    """Ask for a measure of `page` and its target, and set the goal."""
    st.markdown(
        "The goal is drawn as a line, and a breach is shown to everybody and told to monitoring. "
        "It is judged by the last calendar week or month in UTC that is over, of rounded numbers."
    )
    offered = [measure for measure in Measure if ABOUT[measure].page == page]
    measure: Measure = st.selectbox(
        "Measure", offered, format_func=lambda one: MEASURES[one], key="goal_measure"
    )
    goal = next((one for one in desk().goals.in_force(who) if one.measure == measure), None)
    if goal is not None:
        words = target_words(measure, goal.at_least, goal.target)
        st.markdown(f"The goal now: **{words}**, set by {markdown_text(goal.created_by)}.")
    unit = ABOUT[measure].unit
    at_least: bool = st.segmented_control(
        "It should be",
        list(_SIDES),
        default=ABOUT[measure].usually_least,
        required=True,
        format_func=lambda side: _SIDES[side],
        key=f"goal_side_{measure.value}",
    )
    target = st.number_input(
        f"Target ({UNITS[unit]})",
        value=None,
        min_value=0.0,
        max_value=_shown(unit, LARGEST[unit]),
        step=1.0,
        key=f"goal_target_{measure.value}",
    )
    with st.container(horizontal=True):
        sets = st.button("Set the goal", type="primary", key="set_goal", icon=":material/flag:")
        ends = goal is not None and st.button("End the goal", key="end_goal")
    if sets:
        _set(who, measure, at_least, target)
    elif ends:
        _end(who, measure)


def _set(who: Actor, measure: Measure, at_least: bool, target: float | None) -> None:
    if target is None:
        st.error("Enter a target.", icon=":material/error:")
        return
    stored = target / 100 if ABOUT[measure].unit is Unit.SHARE else target
    try:
        desk().goals.set(who, measure, at_least, stored)
    except InvalidInput as error:
        for text in error.fields.values() or [str(error)]:
            st.error(text, icon=":material/error:")
        return
    except AccessDeskError as error:
        show_error(error)
        return
    _done(f"Goal set: {target_words(measure, at_least, stored)}.")


def _end(who: Actor, measure: Measure) -> None:
    try:
        desk().goals.end(who, measure)
    except AccessDeskError as error:
        show_error(error)
        return
    _done("The goal has ended.")


def _shown(unit: Unit, value: float) -> float:
    return value * 100 if unit is Unit.SHARE else value


def _done(told: str) -> None:
    st.toast(told, icon=":material/flag:")
    st.rerun()
