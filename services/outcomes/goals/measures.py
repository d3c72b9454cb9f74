"""What a goal can be set for, and how each measure is computed from the rollups.

A measure has one value for all roles: it is of the last calendar week or month in UTC that is over,
without people of a test, and of numbers that product may see (`small_cells`). So a line on a chart,
a breach on a page and the metric of it never disagree. It is None where a group is too small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import pandas as pd

from services.outcomes.adoption.steps import Step, steps_of
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.rollups.cubes import (
    ACTIVE_MONTH,
    FUNNEL,
    FUNNEL_WITHOUT_CONSENT,
    HIDDEN_FAILURE,
    RECEIVED,
    STATUS,
    TIME,
    Cube,
)
from services.outcomes.rollups.histogram import percentile
from services.outcomes.rollups.reading import Rollups
from services.outcomes.small_cells import SmallCells, whole_periods
from services.queries.requests import IAS, TREATMENT
from services.queries.status import COMPLETED, FINISHED


class Measure(StrEnum):
    """What a goal can be set for."""

    VERIFIED_PER_OPENED = "verified_per_opened"
    SATISFIED_PER_CHALLENGED = "satisfied_per_challenged"
    RECEIVED_PER_LINK = "received_per_link"
    COMPLETED_IAS = "completed_per_ended_ias"
    COMPLETED_TREATMENT = "completed_per_ended_treatment"
    P90_HOURS_IAS = "p90_hours_ias"
    P90_HOURS_TREATMENT = "p90_hours_treatment"
    ACTIVE_PER_MONTH = "active_people_per_month"
    RECEIVED_PER_MONTH = "records_received_per_month"


class Unit(StrEnum):
    """In what a measure is told: a share is 0 to 1 here and percent on pages."""

    SHARE = "share"
    HOURS = "hours"
    PEOPLE = "people"


@dataclass(frozen=True)
class About:
    """What is fixed of a measure: its unit, its calendar period, and where its line is drawn.

    `usually_least` is whether a goal is usually that it be at least so much. `steps` are those of
    a funnel, of which it is the share; `purpose` is the purpose of use of its queries.
    """

    unit: Unit
    width: str
    page: str
    usually_least: bool = True
    steps: tuple[Step, Step] | None = None
    purpose: str | None = None
    cube: Cube | None = None


ABOUT: Mapping[Measure, About] = {
    Measure.VERIFIED_PER_OPENED: About(
        Unit.SHARE, "month", "adoption", steps=(Step.OPENED, Step.VERIFIED)
    ),
    Measure.SATISFIED_PER_CHALLENGED: About(
        Unit.SHARE, "month", "adoption", steps=(Step.CHALLENGED, Step.SATISFIED)
    ),
    Measure.RECEIVED_PER_LINK: About(
        Unit.SHARE, "month", "adoption", steps=(Step.MADE, Step.RECEIVED)
    ),
    Measure.COMPLETED_IAS: About(Unit.SHARE, "week", "outcomes", purpose=IAS),
    Measure.COMPLETED_TREATMENT: About(Unit.SHARE, "week", "outcomes", purpose=TREATMENT),
    Measure.P90_HOURS_IAS: About(Unit.HOURS, "week", "outcomes", False, purpose=IAS),
    Measure.P90_HOURS_TREATMENT: About(Unit.HOURS, "week", "outcomes", False, purpose=TREATMENT),
    Measure.ACTIVE_PER_MONTH: About(Unit.PEOPLE, "month", "adoption", cube=ACTIVE_MONTH),
    Measure.RECEIVED_PER_MONTH: About(Unit.PEOPLE, "month", "adoption", cube=RECEIVED),
}
"""Every measure: it belongs to the chart of its page that shows the same."""

LARGEST = {Unit.SHARE: 1.0, Unit.HOURS: 720.0, Unit.PEOPLE: 10_000_000.0}
"""The largest target that makes sense."""


@dataclass(frozen=True)
class Value:
    """What a measure was from `since` to before `until` (UTC), or None where too few are behind."""

    since: datetime
    until: datetime
    value: float | None


class Measures:
    """Computes the measures; reads some rows of the rollups for each, and writes nothing."""

    def __init__(
        self, rollups: Rollups, people: PeopleBehind, cells: SmallCells, consent: bool
    ) -> None:
        """`consent` is whether consent is a step of the funnel."""
        self._rollups = rollups
        self._people = people
        self._cells = cells
        self._consent = consent

    def value(self, measure: Measure, now: datetime) -> Value:
        """The measure of the last calendar week or month that is over at `now` (aware)."""
        about = ABOUT[measure]
        (since,), until = whole_periods(about.width, now, 1)
        if about.steps:
            found = self._share_of_steps(about.steps, since, until)
        elif about.unit is Unit.SHARE:
            found = self._share_completed(str(about.purpose), since, until)
        elif about.unit is Unit.HOURS:
            found = self._hours(str(about.purpose), since, until)
        else:
            assert about.cube is not None
            counted = self._rollups.counts(about.cube, [since], until)
            found = self._cells.rounded(int(counted["n"].sum())) or None
        return Value(since, until, None if found is None else float(found))

    def _share_of_steps(
        self, steps: tuple[Step, Step], since: datetime, until: datetime
    ) -> float | None:
        cube = FUNNEL if self._consent else FUNNEL_WITHOUT_CONSENT
        counted = self._rollups.counts(cube, [since], until)
        order = steps_of(consent=self._consent)
        reached = [
            int(counted.loc[counted["step"].astype(int) > order.index(step), "n"].sum())
            for step in steps
        ]
        return self._cells.rate(reached[1], reached[0])

    def _share_completed(self, purpose: str, since: datetime, until: datetime) -> float | None:
        counted = self._rollups.counts(STATUS, [since], until)
        ended = counted[
            (counted["purpose"] == purpose) & counted["outcome"].isin({*FINISHED, HIDDEN_FAILURE})
        ]
        groups = ended.groupby(["start", "outcome"], as_index=False)["n"].sum()
        people = self._people.of(STATUS, groups.assign(purpose=purpose), [since], until)
        completed = (groups["outcome"] == COMPLETED).to_numpy()
        if int(people[completed].sum()) <= self._cells.cell:
            return None
        return self._cells.rate(int(groups.loc[completed, "n"].sum()), int(groups["n"].sum()))

    def _hours(self, purpose: str, since: datetime, until: datetime) -> float | None:
        timed = self._rollups.durations(TIME, [since], until)
        of_purpose = timed[timed["purpose"] == purpose]
        number = int(of_purpose["n"].sum())
        if not self._cells.shows_percentile(number, 0.9):
            return None
        group = pd.DataFrame({"start": [since], "purpose": [purpose], "n": [number]})
        if int(self._people.of(TIME, group, [since], until).sum()) <= self._cells.cell:
            return None
        return percentile(np.sum(list(of_purpose["bins"]), axis=0), 0.9) / 3600
