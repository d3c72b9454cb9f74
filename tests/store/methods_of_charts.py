"""The methods of the services behind charts, and what they do without a log."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from services.outcomes.adoption.steps import Step
from services.outcomes.chart_files.chart_ask import ChartAsk, ChartForm
from services.outcomes.goals.measures import Measure
from services.outcomes.outcomes import OutcomeView
from services.outcomes.periods import period_of
from services.outcomes.rollups.cubes import STATUS, TIME
from tests.identity.stage import ADMIN, OTHER
from tests.store.everything import MARKED, Everything
from tests.store.needs import Needs, R, W
from tests.world import PATIENT, SUPPORT

HOUR = timedelta(hours=1)


def _today(world: "Everything") -> OutcomeView:
    return OutcomeView(period_of(1, world.clock(), ZoneInfo("UTC")), "hour", ZoneInfo("UTC"))


def many_queries(world: Everything) -> pd.DataFrame:
    """A group of so many queries that the people behind it are looked at."""
    return pd.DataFrame({"start": [world.clock() - HOUR], "outcome": ["completed"], "n": [50]})


OF_CHARTS: dict[str, tuple[Needs, Callable[[Everything], object]]] = {
    "Goals.in_force": (R, lambda w: w.goals.in_force(SUPPORT)),
    "Goals.standings": (W, lambda w: w.goals.standings(SUPPORT)),
    "Goals.all_standings": (R, lambda w: w.goals.all_standings()),
    "Goals.earlier": (R, lambda w: w.goals.earlier(SUPPORT)),
    "Goals.set": (W, lambda w: w.goals.set(ADMIN, Measure.COMPLETED_IAS, True, 0.6)),
    "Goals.end": (W, lambda w: w.goals.end(ADMIN, Measure.RECEIVED_PER_MONTH)),
    "Annotations.between": (
        R, lambda w: w.annotations.between(SUPPORT, w.clock() - HOUR, w.clock())
    ),
    "Annotations.add": (W, lambda w: w.annotations.add(SUPPORT, w.new_annotation())),
    "Annotations.remove": (W, lambda w: w.annotations.remove(SUPPORT, w.annotation_id)),
    "Metrics.text": (R, lambda w: w.metrics.text()),
    "Metrics.read": (R, lambda w: w.metrics.read()),
    "PeopleBehind.of": (
        R, lambda w: w.people_behind.of(STATUS, many_queries(w), [w.clock() - HOUR], w.clock())
    ),
    "Outcomes.status": (W, lambda w: w.outcomes.status(SUPPORT, _today(w))),
    "Outcomes.sources": (W, lambda w: w.outcomes.sources(SUPPORT, _today(w))),
    "Outcomes.first_day": (R, lambda w: w.outcomes.first_day(SUPPORT)),
    "Adoption.funnel": (W, lambda w: w.adoption.funnel(SUPPORT, w.months())),
    "Adoption.activity": (W, lambda w: w.adoption.activity(SUPPORT, w.months())),
    "Adoption.received": (W, lambda w: w.adoption.received(SUPPORT, w.months())),
    "Adoption.fates": (W, lambda w: w.adoption.fates(SUPPORT, w.months())),
    "Adoption.facilities": (W, lambda w: w.adoption.facilities(SUPPORT, w.months())),
    "Adoption.facility_ids": (R, lambda w: w.adoption.facility_ids(SUPPORT, w.months())),
    "ChartFiles.make": (
        W, lambda w: w.chart_files.make(SUPPORT, ChartAsk(w.months(), ChartForm.CSV, "funnel"))
    ),
    "LogExport.make": (W, lambda w: w.export_log()),
    "StepPeople.stopped_at": (
        W, lambda w: w.step_people.stopped_at(SUPPORT, w.months(), Step.MADE),
    ),
    "TestPeople.mark_of": (R, lambda w: w.test_people.mark_of(SUPPORT, PATIENT)),
    "TestPeople.mark": (W, lambda w: w.test_people.mark(SUPPORT, OTHER)),
    "TestPeople.unmark": (W, lambda w: w.test_people.unmark(SUPPORT, MARKED)),
    "Rollups.counts": (R, lambda w: w.rollups.counts(STATUS, [w.clock() - HOUR], w.clock())),
    "Rollups.counts_by_facility": (
        R,
        lambda w: w.rollups.counts_by_facility(STATUS, [w.clock() - HOUR], w.clock(), ["f"]),
    ),
    "Rollups.durations": (R, lambda w: w.rollups.durations(TIME, [w.clock() - HOUR], w.clock())),
    "Rollups.progress": (R, lambda w: w.rollups.progress()),
    "Folding.step": (W, lambda w: w.folding.step()),
    "Folding.fold": (R, lambda w: w.folding.fold()),
    "Folding.finish": (W, lambda w: w.folding.finish()),
    "Folding.count_people_anew": (W, lambda w: w.folding.count_people_anew()),
}  # fmt: skip
