"""What a person adds to the rollups, as JSON can hold it. Pure.

A person's row keeps the cells that it added: they are taken back as they were, also where what is
counted has been defined anew since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from services.outcomes.adoption.person_facts import (
    MOST_QUERIES,
    PersonCell,
    PersonFacts,
    Value,
    month_start,
    week_start,
)
from services.outcomes.adoption.steps import (
    STEPS,
    STEPS_WITHOUT_CONSENT,
    Step,
    count_in_a_row,
    step_times,
)
from services.outcomes.rollups.cubes import (
    AAL2,
    ACTIVE_MONTH,
    ACTIVE_WEEK,
    BEHIND,
    FUNNEL,
    FUNNEL_WITHOUT_CONSENT,
    LINKS,
    PER_PERSON,
    RECEIVED,
    RECORDS,
    RETENTION,
    STEP_TIME,
    Cube,
)

CUBES = {
    cube.name: cube
    for cube in (
        AAL2,
        ACTIVE_MONTH,
        ACTIVE_WEEK,
        BEHIND,
        FUNNEL,
        FUNNEL_WITHOUT_CONSENT,
        LINKS,
        PER_PERSON,
        RECEIVED,
        RECORDS,
        RETENTION,
        STEP_TIME,
    )
}
"""The cubes to which people add, by their names."""

NEW, RETURNING = "new", "returning"

SESSIONS = "aal2"
"""What the cube `BEHIND` calls AAL2 sessions."""


def links_of(kind: str) -> str:
    """What the cube `BEHIND` calls links of a kind."""
    return f"{kind}:link"


def counted_of(facts: PersonFacts) -> dict[str, Any]:
    """The facility to whose slice a person belongs, and the cells that they add."""
    return {
        "facility": facts.facility_id,
        "cells": [
            [cell.cube, cell.at.isoformat(), list(cell.key), cell.seconds]
            for cell in cells_of_facts(facts)
        ],
    }


def cells_of(counted: Mapping[str, Any] | None) -> list[PersonCell]:
    """The cells that a person's row holds; none without a row."""
    return [
        PersonCell(cube, datetime.fromisoformat(at), tuple(key), seconds)
        for cube, at, key, seconds in (counted or {}).get("cells", ())
    ]


def cells_of_facts(facts: PersonFacts) -> Iterator[PersonCell]:
    """What a person adds to each cube."""
    test = int(facts.test)
    yield from _steps(facts, test)
    yield from _activity(facts, test)
    for session in facts.sessions:
        yield _cell(AAL2, session.at, session.fate, session.method, test)
    for link, fate in facts.links:
        yield _cell(LINKS, link.expires_at, link.kind, fate, test)
    for query, found in facts.brought:
        key = (query.purpose, found.value, query.origin, test)
        yield PersonCell(RECORDS.name, query.submitted_at, key)
    yield from _behind(facts, test)
    yield from (replace(cell, key=(*cell.key[:-1], test)) for cell in facts.purged)


def _behind(facts: PersonFacts, test: int) -> Iterator[PersonCell]:
    """Once for each week and month in which something of the person had a fate."""
    fates = {(session.at, SESSIONS, str(session.fate)) for session in facts.sessions}
    fates |= {(link.expires_at, links_of(link.kind), str(fate)) for link, fate in facts.links}
    for width, start_of in (("week", week_start), ("month", month_start)):
        for start, of, fate in sorted({(start_of(at), of, fate) for at, of, fate in fates}):
            yield _cell(BEHIND, start, width, of, fate, test)


def _steps(facts: PersonFacts, test: int) -> Iterator[PersonCell]:
    moments = facts.moments
    if Step.RECEIVED in moments:
        yield _cell(RECEIVED, moments[Step.RECEIVED], test)
    # The day of the funnel is that of the first link: without one a person is not in it.
    made_at = moments.get(Step.MADE)
    if made_at is None:
        return
    for cube, steps in ((FUNNEL, STEPS), (FUNNEL_WITHOUT_CONSENT, STEPS_WITHOUT_CONSENT)):
        yield _cell(cube, made_at, count_in_a_row(moments, steps), facts.method, test)
    for took in step_times(moments):
        key = (took.start.value, took.end.value, test)
        yield PersonCell(STEP_TIME.name, _midnight(made_at), key, took.seconds)


def _activity(facts: PersonFacts, test: int) -> Iterator[PersonCell]:
    for cube, periods in ((ACTIVE_WEEK, facts.weeks), (ACTIVE_MONTH, facts.months)):
        for period in periods:
            kind = NEW if period.is_new else RETURNING
            yield _cell(cube, period.start, kind, period.origin, test)
    for month in facts.months:
        number = min(month.queries, MOST_QUERIES)
        yield _cell(PER_PERSON, month.start, number, month.origin, test)
    for later in facts.months_later:
        first = facts.months[0]
        yield _cell(RETENTION, first.start, later, first.origin, test)


def _cell(cube: Cube, day: datetime | date, *key: Value) -> PersonCell:
    # Members of a `StrEnum` are written as plain text, as JSON reads them back.
    values = tuple(str(value) if isinstance(value, str) else value for value in key)
    return PersonCell(cube.name, _midnight(day), values)


def _midnight(day: datetime | date) -> datetime:
    # A datetime is a date too.
    return datetime.combine(day.date() if isinstance(day, datetime) else day, time(), UTC)
