"""What stands beside the numbers: goals, what happened outside, and how far they are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from pages._ui.charts.time_axis import Mark, marks_of
from pages._ui.frame.viewer import remembered
from pages._ui.words.adoption import STEPS
from services.desk import desk
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.goals.goals import Standing
from services.outcomes.goals.measures import ABOUT, Measure
from services.staff.permissions import Actor

_UTC = ZoneInfo("UTC")
_KEPT_SECONDS = 60


@dataclass(frozen=True)
class Outside:
    """The goals of this page, and what happened outside, as marks of its charts over time."""

    standings: Sequence[Standing]
    marks: Sequence[Mark]

    def goal(self, measure: Measure, view: AdoptionView) -> float | None:
        """The target of a measure where the bars of the view are of its week or month."""
        if ABOUT[measure].width != view.width:
            return None
        found = (one.goal.target for one in self.standings if one.measure is measure)
        return next(found, None)

    def tell(self, goal: float | None) -> None:
        """Say below a chart what its marks and its line are."""
        lines = [f"{mark.letter}  {mark.words}" for mark in self.marks]
        if goal is not None:
            lines.append(f"Dashed line: the goal, {goal:,.0f} people.")
        if lines:
            st.text("\n".join(lines))


def read_outside(who: Actor, view: AdoptionView) -> Outside:
    """What stands beside the numbers of a view."""
    standings = remembered("adoption goals", _KEPT_SECONDS, lambda: desk().goals.standings(who))
    ours = [one for one in standings if ABOUT[one.measure].page == "adoption"]
    happened = desk().annotations.between(who, view.now.since, view.now.end)
    return Outside(ours, marks_of(happened, view.now.starts, view.now.end, _UTC))


def goals_of_steps(outside: Outside) -> None:
    """Say how the goals of conversions were met in the last month that is over."""
    for one in outside.standings:
        steps = ABOUT[one.measure].steps
        if steps is None:
            continue
        side = "at least" if one.goal.at_least else "at most"
        wanted = f"“{STEPS[steps[1]]}” per “{STEPS[steps[0]]}”: {side} {one.goal.target:.0%}"
        found = one.value.value
        was = "too few people to tell" if found is None else f"{found:.0%}"
        text = f"Goal. {wanted}. In {one.value.since:%B %Y}: {was}."
        if one.is_breached:
            st.warning(f"{text} Missed.", icon=":material/flag:")
        else:
            st.markdown(f":material/flag: {text}")


def say_if_unfinished() -> None:
    """Say from which day on the numbers are whole, while the log is still being counted."""
    progress = desk().rollups.progress()
    if progress.is_built:
        return
    since = (
        f" Queries are counted from {progress.built_from:%b %-d, %Y} on."
        if (progress.built_from)
        else ""
    )
    people = "" if progress.people else " Not everybody is counted yet."
    st.info(
        f"The log is still being counted: the numbers grow until it is done.{since}{people}",
        icon=":material/hourglass:",
    )
