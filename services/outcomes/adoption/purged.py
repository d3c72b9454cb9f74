"""Keeps what a person was counted by, though the log has been purged of it since. Pure.

Retention deletes what is older than some years, and an erasure what need not stay. Rows go in no
other way, so that what was counted of a time before the oldest row that is left was true.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.outcomes.adoption.cells import cells_of
from services.outcomes.adoption.fates import Method
from services.outcomes.adoption.person_facts import (
    Active,
    PersonCell,
    PersonFacts,
    month_start,
    months_between,
    week_start,
)
from services.outcomes.adoption.person_rows import PersonRows
from services.outcomes.adoption.steps import STEPS, Step
from services.outcomes.rollups.cubes import (
    AAL2,
    ACTIVE_MONTH,
    ACTIVE_WEEK,
    BEHIND,
    FUNNEL,
    LINKS,
    PER_PERSON,
    RECORDS,
    Cube,
)

_BY_ITSELF = {AAL2.name, LINKS.name, RECORDS.name}
"""Cubes of things that have nothing to do with the person's other things."""


def with_purged(
    facts: PersonFacts, rows: PersonRows, before: Mapping[str, Any] | None
) -> PersonFacts:
    """The facts of `rows`, with what `before`, the person's present row, knows from before them."""
    oldest = oldest_of(rows)
    if before is None or oldest is None:
        return facts
    earlier = [cell for cell in cells_of(before["counted"]) if cell.at.date() < oldest.date()]
    moments = {step: at for step in STEPS if (at := before[f"{step.value}_at"]) and at < oldest}
    if not earlier and not moments:
        return facts
    months = _active(earlier, ACTIVE_MONTH, facts.months, month_start(oldest))
    return replace(
        facts,
        moments=facts.moments | moments,
        method=(_method(earlier) if Step.SATISFIED in moments else None) or facts.method,
        weeks=_active(earlier, ACTIVE_WEEK, facts.weeks, week_start(oldest)),
        months=months,
        months_later=[months_between(months[0].start, month.start) for month in months],
        purged=[cell for cell in earlier if _is_over(cell, oldest)],
    )


def oldest_of(rows: PersonRows) -> datetime | None:
    """The time of the oldest thing that the log still holds about a person."""
    times = [
        *(link.made_at for link in rows.links),
        *rows.verified_at,
        *rows.consents_at,
        *(session.at for session in rows.satisfied),
        *(query.submitted_at for query in rows.queries),
        *(count.submitted_at for count in rows.counts),
    ]
    return min(times, default=None)


def _is_over(cell: PersonCell, oldest: datetime) -> bool:
    """Whether a cell is about something by itself, of which nothing is left."""
    if cell.cube == BEHIND.name:
        start_of = week_start if cell.key[0] == "week" else month_start
        return cell.at.date() < start_of(oldest)
    return cell.cube in _BY_ITSELF


def _method(earlier: list[PersonCell]) -> Method | None:
    names = (cell.key[1] for cell in earlier if cell.cube == FUNNEL.name)
    return next((Method(str(name)) for name in names if name), None)


def _active(
    earlier: list[PersonCell], cube: Cube, present: list[Active], since: date
) -> list[Active]:
    """The weeks or months before the one that begins on `since`, and the present ones.

    The first one of all is new.
    """
    numbers = {cell.at: cell.key[0] for cell in earlier if cell.cube == PER_PERSON.name}
    gone = [
        Active(cell.at.date(), int(numbers.get(cell.at) or 1), str(cell.key[1]), is_new=False)
        for cell in earlier
        if cell.cube == cube.name and cell.at.date() < since
    ]
    ordered = sorted([*gone, *present], key=lambda period: period.start)
    return [replace(period, is_new=number == 0) for number, period in enumerate(ordered)]
