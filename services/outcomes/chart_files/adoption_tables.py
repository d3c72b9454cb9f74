"""The charts of Adoption as tables, from the facts that the page draws. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from services.exports.cells import Cell
from services.exports.pdf.charts import Chart
from services.outcomes.adoption.adoption import (
    ActivityFacts,
    FacilityFacts,
    FunnelFacts,
    YieldFacts,
)
from services.outcomes.adoption.cells import NEW, RETURNING
from services.outcomes.adoption.steps import Step
from services.outcomes.adoption.views import AdoptionView
from services.outcomes.chart_files.chart_table import ChartTable, Picture, plain, rows_of, spaced


@dataclass(frozen=True)
class AdoptionFacts:
    """All that the page shows of a view."""

    view: AdoptionView
    funnel: FunnelFacts
    activity: ActivityFacts
    fates: YieldFacts
    received: pd.DataFrame
    facilities: Sequence[FacilityFacts]


def _funnel(facts: AdoptionFacts) -> ChartTable:
    steps = facts.funnel.steps
    rows = [
        [step.step.value, step.people, step.before, step.stopped, step.of_previous, step.of_first]
        for step in steps
    ]
    picture = _chart(
        "People by step", [one.step for one in steps], {"people": [one.people for one in steps]}
    )
    columns = ["step", "people", "people_before", "went_no_further"]
    columns += ["share_of_step_before", "share_of_first_step"]
    return ChartTable("funnel", columns, rows, [picture])


def _step_times(facts: AdoptionFacts) -> ChartTable:
    steps = facts.funnel.steps[1:]
    rows = [[step.step.value, plain(step.median), plain(step.p90)] for step in steps]
    return ChartTable("step_times", ["to_step", "median_seconds", "p90_seconds"], rows)


def _by_method(facts: AdoptionFacts) -> ChartTable:
    steps = [figure.step for figure in facts.funnel.steps]
    first = steps.index(Step.SATISFIED)
    rows = [
        [method, step.value, people]
        for method, numbers in facts.funnel.methods.items()
        for step, people in list(zip(steps, numbers, strict=True))[first:]
    ]
    return ChartTable("aal2_by_method", ["method", "step", "people"], rows)


def _received(facts: AdoptionFacts) -> ChartTable:
    table = facts.received
    numbers = {"people": [plain(number) for number in table["n"]]}
    picture = _chart("People who received records", _days(table), numbers)
    columns = ["start_utc", "people", "people_until_then"]
    return ChartTable(
        "records_received", columns, rows_of(table, ["start", "n", "total"]), [picture]
    )


def _active(facts: AdoptionFacts) -> ChartTable:
    kinds = [NEW, RETURNING]
    # Where some are hidden, pandas takes the others for numbers with a decimal point.
    table = facts.activity.active.astype(dict.fromkeys(kinds, "Int64"))
    numbers = {kind: [plain(number) for number in table[kind]] for kind in kinds}
    title = f"Active people per {facts.view.width}"
    picture = _chart(title, _days(table), numbers, stacked=True)
    rows = rows_of(table, ["start", *kinds])
    return ChartTable("active_people", ["start_utc", *kinds], rows, [picture])


def _ias_share(facts: AdoptionFacts) -> ChartTable:
    starts, shares = facts.view.now.starts, facts.activity.shares
    rows = [[start, share] for start, share in zip(starts, shares, strict=True)]
    percent = [None if share is None else 100 * share for share in shares]
    names = [f"{start:%b %-d}" for start in starts]
    chart = _chart("IAS queries, of all (%)", names, {"share": percent}).chart
    picture = Picture(chart, is_lines=True)
    return ChartTable("ias_share", ["start_utc", "share"], rows, [picture])


def _retention(facts: AdoptionFacts) -> ChartTable:
    rows: list[list[Cell]] = [
        [f"{cohort.month:%Y-%m}", cohort.people, later, share]
        for cohort in facts.activity.cohorts
        for later, share in enumerate(cohort.shares)
    ]
    return ChartTable("retention", ["first_month", "people", "months_later", "share"], rows)


def _per_person(facts: AdoptionFacts) -> ChartTable:
    rows = [[queries, people] for queries, people in sorted(facts.activity.per_person.items())]
    return ChartTable("queries_per_person", ["queries", "people"], rows)


def _yield(facts: AdoptionFacts) -> ChartTable:
    now, before = facts.fates.sessions, facts.fates.before
    rows = [[fate, now.get(fate), before.get(fate)] for fate in dict.fromkeys([*now, *before])]
    return ChartTable("aal2_yield", ["fate", "sessions", "sessions_before"], rows)


def _links(facts: AdoptionFacts) -> ChartTable:
    rows: list[list[Cell]] = [
        [kind, fate, number]
        for kind, fates in facts.fates.links.items()
        for fate, number in fates.items()
    ]
    return ChartTable("links_unopened", ["kind", "fate", "links"], rows)


def _facilities(facts: AdoptionFacts) -> ChartTable:
    steps = [figure.step.value for figure in facts.funnel.steps]
    rows: list[list[Cell]] = [
        [one.facility_id, one.received, *one.steps] for one in facts.facilities
    ]
    columns = ["facility_id", "received_in_period", *(f"reached_{step}" for step in steps)]
    return ChartTable("adoption_by_facility", columns, rows)


ADOPTION_CHARTS: Mapping[str, Callable[[AdoptionFacts], ChartTable]] = {
    "funnel": _funnel,
    "step_times": _step_times,
    "records_received": _received,
    "active_people": _active,
    "retention": _retention,
    "ias_share": _ias_share,
    "aal2_yield": _yield,
    "links_unopened": _links,
    "queries_per_person": _per_person,
    "aal2_by_method": _by_method,
    "adoption_by_facility": _facilities,
}
"""The charts by the keys of their definitions, in the order of the page."""


def _days(table: pd.DataFrame) -> list[str]:
    return [f"{start:%b %-d}" for start in table["start"]]


def _chart(
    title: str, labels: Sequence[str], numbers: Mapping[str, Sequence[Any]], **looks: Any
) -> Picture:
    told = "; ".join(
        f"{name}: {', '.join('not shown' if one is None else f'{one:,.0f}' for one in row)}"
        for name, row in numbers.items()
    )
    names = [spaced(label) for label in labels]
    return Picture(Chart(title, names, numbers, f"{title}: {told}.", **looks))
