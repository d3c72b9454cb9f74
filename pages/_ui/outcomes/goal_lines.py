"""The goals that have a line on a chart of Outcomes. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.outcomes.goals.measures import ABOUT, Measure, Unit

_SECONDS_PER_HOUR = 3600


class Goal(Protocol):
    """What a measure should be at least, or at most, in its own unit."""

    measure: str
    at_least: bool
    target: float


@dataclass(frozen=True)
class GoalLine:
    """Where a line is drawn (a share, or seconds), and the goal in words."""

    target: float
    words: str


@dataclass(frozen=True)
class GoalLines:
    """The lines of the charts, by purpose of use."""

    completed: Mapping[str, GoalLine]
    p90: Mapping[str, GoalLine]


def goal_lines(goals: Iterable[Goal]) -> GoalLines:
    """The lines of the goals that are in force; goals of other pages have none here."""
    completed, p90 = {}, {}
    known = {measure.value: measure for measure in Measure}
    for goal in goals:
        about = ABOUT[known[goal.measure]] if goal.measure in known else None
        if about is None or about.page != "outcomes" or about.purpose is None:
            continue
        side = "at least" if goal.at_least else "at most"
        if about.unit is Unit.SHARE:
            completed[about.purpose] = GoalLine(goal.target, f"{side} {goal.target:.1%}")
        elif about.unit is Unit.HOURS:
            seconds = goal.target * _SECONDS_PER_HOUR
            p90[about.purpose] = GoalLine(seconds, f"{side} {goal.target:g} h")
    return GoalLines(completed, p90)
