"""Counts a day anew from the log, or everybody from their rows, in place of what is stored.

What waits to be folded is counted as it was before, since the folding adds the difference. What the
log lost is added from the slices that remember it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from services.outcomes.rollups.cells import QUERY_CUBES, count_query
from services.outcomes.rollups.contributions import GONE, Contributions, add, not_gone
from services.outcomes.rollups.days import count_day
from services.outcomes.rollups.marks import State, read_state, write_state
from services.outcomes.rollups.people import PersonCounting
from services.outcomes.rollups.table.rows import (
    ROLLUP,
    Cell,
    Numbers,
    group_cells,
    read_rows,
    write_rows,
)
from services.outcomes.rollups.waiting import read_all_waiting, try_count
from services.store import Store
from services.store.tables import NetworkQuery, PersonSteps

_DAY = timedelta(days=1)
_QUERY_CUBES = [cube.name for cube in QUERY_CUBES]
_TRIES = 3
_AT_ONCE = 500


@dataclass(frozen=True)
class Compared:
    """What is stored of a part of the rollups, and what should be."""

    stored: Mapping[Cell, Numbers]
    wanted: Mapping[Cell, Numbers]

    def differing(self) -> list[Cell]:
        """The rows that are not as they should be, in their order."""
        empty = Numbers()
        return sorted(
            cell
            for cell in {*self.stored, *self.wanted}
            if self.stored.get(cell, empty).counts != self.wanted.get(cell, empty).counts
        )


Comparing = Callable[[Session, State], tuple[Compared, State]]
"""Compares a part, and answers the state of the rollups once that part is as it should be."""


def compare_day(session: Session, day: date) -> Compared:
    """The cubes of queries of one day in UTC."""
    waiting = read_all_waiting(session).queries
    while True:
        wanted = count_day(session.connection(), day, waiting)
        # Where no snapshot joins the two, a query may have changed while the day was read: then it
        # waits by now, and says what it was counted by before.
        later = read_all_waiting(session).queries
        if later.keys() <= waiting.keys():
            break
        waiting = later
    counted: Contributions = {}
    for before in waiting.values():
        add(counted, try_count(count_query, before))
    here = {place: number for place, number in counted.items() if place.day == day}
    for cell, numbers in group_cells(here).items():
        _add_to(wanted.setdefault(cell, Numbers()), numbers)
    of_day = select(ROLLUP).where(ROLLUP.c.cube.in_(_QUERY_CUBES), ROLLUP.c.day == day)
    return _compare(session, of_day, wanted)


def compare_next(session: Session, state: State) -> tuple[Compared, State]:
    """The newest day that is not built yet; where there is none, all days are built by now."""
    # Also a day of which nothing is left but what was counted.
    day = day_before(session, state.built_from, stored=True)
    if day is None:
        return Compared({}, {}), replace(state, built_from=date.min)
    return compare_day(session, day), replace(state, built_from=day)


def compare_people(session: Session, people: PersonCounting) -> Compared:
    """The cubes of people, of all days, with what stands in the rows of `person_steps`."""
    counted: Contributions = {}
    rows = session.connection().execute(
        select(col(PersonSteps.counted)), execution_options={"yield_per": _AT_ONCE}
    )
    for (its_counted,) in rows:
        add(counted, try_count(people.count, its_counted))
    return _compare(
        session, select(ROLLUP).where(ROLLUP.c.cube.not_in(_QUERY_CUBES)), group_cells(counted)
    )


def write_compared(store: Store, comparing: Comparing) -> int:
    """Correct what differs, in one transaction; answers the number of rows that did."""
    for _ in range(_TRIES):
        with store.read() as session:
            before = read_state(session)
            compared, after = comparing(session, before)
        with store.write() as session:
            if read_state(session, lock=True).version == before.version:
                return _correct(session, compared, after)
    # Others fold all the time: now they wait until this is done.
    with store.write() as session:
        compared, after = comparing(session, read_state(session, lock=True))
        return _correct(session, compared, after)


def day_before(session: Session, day: date | None, stored: bool = False) -> date | None:
    """The last day before `day` (None: of all) on which the log has a query; None for none.

    With `stored` also a day on which only the rollups have something.
    """
    submitted = select(func.max(NetworkQuery.submitted_at))
    counted = select(func.max(ROLLUP.c.day)).where(ROLLUP.c.cube.in_(_QUERY_CUBES))
    if day is not None:
        submitted = submitted.where(col(NetworkQuery.submitted_at) < midnight(day))
        counted = counted.where(ROLLUP.c.day < day)
    at = session.connection().execute(submitted).scalar()
    found = [at.date()] if at else []
    if stored and (last := session.connection().execute(counted).scalar()):
        found.append(last)
    return max(found, default=None)


def first_day(session: Session) -> date | None:
    """The first day on which the log has a query; None for none."""
    at = session.connection().execute(select(func.min(NetworkQuery.submitted_at))).scalar()
    return at.date() if at else None


def midnight(day: date) -> datetime:
    """The moment at which a day in UTC begins."""
    return datetime.combine(day, time(), UTC)


def _compare(session: Session, rows: Any, wanted: dict[Cell, Numbers]) -> Compared:
    stored = read_rows(session.connection(), rows)
    lost = {cell: numbers for cell, numbers in stored.items() if cell.slice.startswith(GONE)}
    for cell, numbers in lost.items():
        _add_to(wanted.setdefault(cell._replace(slice=not_gone(cell.slice)), Numbers()), numbers)
    return Compared(stored, {**wanted, **lost})


def _add_to(total: Numbers, more: Numbers) -> None:
    for (quarter, its_bin), number in more.counts.items():
        total.add(quarter, its_bin, number)


def _correct(session: Session, compared: Compared, state: State) -> int:
    differing = compared.differing()
    wanted = {cell: compared.wanted.get(cell, Numbers()) for cell in differing}
    there = {cell for cell in differing if cell in compared.stored}
    write_rows(session.connection(), wanted, there)
    write_state(session, state)
    return len(differing)
