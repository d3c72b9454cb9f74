"""Compares the rollups with the log, and counts them anew: for an operator, on a running program.

Both go by days in UTC, newest first, and take people at the end. A rebuild that was broken off is
begun again: what is right already is not written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.marks import State, read_state
from services.outcomes.rollups.people import PersonCounting
from services.outcomes.rollups.rebuilding import (
    Compared,
    compare_day,
    compare_people,
    day_before,
    write_compared,
)
from services.outcomes.rollups.table.rows import Cell, Numbers
from services.outcomes.rollups.waiting import Change, add_people, read_all_waiting
from services.store import Store

_PEOPLE_AT_ONCE = 200


@dataclass(frozen=True)
class Checked:
    """One day, or people (`day` is None), and how many rows were not as they should be.

    `differences` says of each of these, in a line, what is stored and what should be.
    """

    day: date | None
    rows: int
    differences: tuple[str, ...] = ()


def verify(store: Store, people: PersonCounting) -> Iterator[Checked]:
    """Compare each day, then people, with the log; changes nothing. Raises `LogUnavailable`."""
    day: date | None = None
    while True:
        with store.read() as session:
            built_from = read_state(session).built_from
            day = day_before(session, day, stored=True)
            # A day that is not built yet has nothing to compare.
            if day is None or built_from is None or day < built_from:
                break
            yield _check(day, compare_day(session, day))
    with store.read() as session:
        yield _check(None, compare_people(session, people))
    yield from _verify_rows(store, people)


def rebuild(store: Store, people: PersonCounting) -> Iterator[Checked]:
    """Correct each day, then people, each in a transaction. Raises `LogUnavailable`.

    What comes in meanwhile waits, and is folded as ever.
    """
    Folding(store, people).finish()
    day: date | None = None
    while True:
        with store.read() as session:
            day = day_before(session, day, stored=True)
        if day is None:
            break
        yield Checked(day, _rebuild_day(store, day))
    Folding(store, people).count_people_anew()

    def comparing(session: Session, state: State) -> tuple[Compared, State]:
        return compare_people(session, people), state

    yield Checked(None, write_compared(store, comparing))


def _rebuild_day(store: Store, day: date) -> int:
    def comparing(session: Session, state: State) -> tuple[Compared, State]:
        return compare_day(session, day), state

    return write_compared(store, comparing)


def _verify_rows(store: Store, people: PersonCounting) -> Iterator[Checked]:
    """Compare what people are counted by with what the log says of them."""
    after = ""
    while True:
        with store.read() as session:
            ids, change = people.list_people(session, after, _PEOPLE_AT_ONCE), Change()
            if not ids or read_state(session).person is not None:
                return
            waiting = set(read_all_waiting(session).people)
            add_people(session, [key for key in ids if key not in waiting], people, change)
        if change.people or change.gone:
            cells = sorted({Cell(*place[:4]) for place in (*change.people, *change.gone)})
            lines = tuple(f"{_name(cell)}: not counted as the log says" for cell in cells)
            yield Checked(None, len(cells), lines)
        after = ids[-1]


def _check(day: date | None, compared: Compared) -> Checked:
    lines = tuple(_tell(cell, compared.stored, compared.wanted) for cell in compared.differing())
    return Checked(day, len(compared.wanted), lines)


def _tell(cell: Cell, stored: Mapping[Cell, Numbers], wanted: Mapping[Cell, Numbers]) -> str:
    has, should = (
        sum(rows[cell].counts.values()) if cell in rows else 0 for rows in (stored, wanted)
    )
    more = "" if has != should else ", at other times of the day or with other durations"
    return f"{_name(cell)}: {has} instead of {should}{more}"


def _name(cell: Cell) -> str:
    return " ".join(part for part in (cell.cube, cell.slice, str(cell.day), cell.key) if part)
