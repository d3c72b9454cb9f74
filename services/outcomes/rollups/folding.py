"""Folds what has changed in the log into the rollups, and builds what is not built yet.

What a step does is read in one snapshot, and written in one transaction only if no other process
has changed the rollups meanwhile. Several processes may fold at once.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert
from sqlmodel import Session, col, update

from services.errors import LogUnavailable
from services.outcomes.rollups.contributions import Contributions, add, gone
from services.outcomes.rollups.marks import State, read_state, write_state
from services.outcomes.rollups.people import PersonCounting
from services.outcomes.rollups.rebuilding import compare_next, day_before, write_compared
from services.outcomes.rollups.table.rows import add_to_rows
from services.outcomes.rollups.waiting import (
    Change,
    add_people,
    read_change,
    read_some_waiting,
)
from services.store import Duplicate, Store
from services.store.tables import LogChange, PersonSteps

_log = logging.getLogger(__name__)

_AT_ONCE = 500
"""So many waiting rows are folded in one transaction, for which other writers wait."""
_PEOPLE_AT_ONCE = 1_000
_DAY = timedelta(days=1)
_STEPS: Any = PersonSteps.__table__  # type: ignore[attr-defined]


class Folding:
    """Writes the tables `rollup` and `person_steps`."""

    def __init__(self, store: Store, people: PersonCounting | None = None) -> None:
        self._store = store
        self._people = people
        self._at_once = _AT_ONCE

    def step(self) -> int:
        """Fold some of what waits, and build the next day; answers how much there was to do.

        At 0 everything is folded and built. Raises `LogUnavailable`.
        """
        if self._begin():
            return 1
        return self.fold() + self._build()

    def count_people_anew(self) -> None:
        """Count everybody anew by what the log says of them now. Raises `LogUnavailable`."""
        with self._store.write() as session:
            state = read_state(session, lock=True)
            write_state(session, replace(state, person=""))
        self.finish()

    def finish(self) -> int:
        """All steps until nothing is left to do; answers how many."""
        return sum(1 for _ in iter(self.step, 0))

    def fold(self) -> int:
        """Fold some of what has waited longest; answers how many changes, 0 where nothing waits.

        Raises `LogUnavailable`.
        """
        try:
            done = self._fold()
        except LogUnavailable:
            raise
        except Exception as error:
            # One change that cannot be counted must not keep the others from it.
            _log.error("rollups: %s", type(error).__name__)
            if self._at_once == 1:
                return self._put_aside()
            self._at_once = 1
            return 1
        self._at_once = min(self._at_once * 2, _AT_ONCE)
        return done

    def _begin(self) -> bool:
        """Write down that no day is built yet, unless building has begun; answers whether it did.

        Days after the last one of the log need not be built: all that they get will wait.
        """
        with self._store.read() as session:
            if read_state(session).built_from is not None:
                return False
            last = day_before(session, None)
        try:
            with self._store.write() as session:
                state = read_state(session, lock=True)
                if state.built_from is None:
                    built_from = last + _DAY if last else date.min
                    write_state(session, replace(state, built_from=built_from))
        except Duplicate:
            # Another process has begun at the same moment.
            pass
        return True

    def _fold(self) -> int:
        with self._store.read() as session:
            state = read_state(session)
            waiting = read_some_waiting(session, self._at_once)
            if state.built_from is None or not waiting.numbers:
                return 0
            change = read_change(session, waiting, self._people)
        with self._store.write() as session:
            if not self._write(session, state, change):
                return 1
            _mark_folded(session, waiting.numbers)
        return len(waiting.numbers)

    def _write(self, session: Session, state: State, change: Change) -> bool:
        """Write what a change adds, unless another process has changed the rollups meanwhile."""
        if read_state(session, lock=True).version != state.version:
            return False
        built_from = state.built_from or date.max
        # A day that is not built yet will be counted whole.
        counted: Contributions = {
            place: number for place, number in change.queries.items() if place.day >= built_from
        }
        add(counted, change.people)
        add(counted, gone(change.gone))
        add_to_rows(session, counted)
        _write_people(session, change)
        write_state(session, state)
        return True

    def _put_aside(self) -> int:
        """Have the thing that has waited longest wait no more; the rollups then lack it."""
        with self._store.write() as session:
            waiting = read_some_waiting(session, 1)
            _mark_folded(session, waiting.numbers)
        return len(waiting.numbers)

    def _build(self) -> int:
        """Build the newest day that is not built, or else count some people; 0 once all is done."""
        with self._store.read() as session:
            state = read_state(session)
        if state.built_from != date.min:
            write_compared(self._store, compare_next)
            return 1
        return 0 if state.person is None else self._build_people()

    def _build_people(self) -> int:
        people = self._people
        if people is None:
            return 0
        with self._store.read() as session:
            state, change = read_state(session), Change()
            ids = people.list_people(session, state.person or "", _PEOPLE_AT_ONCE)
            add_people(session, ids, people, change)
        with self._store.write() as session:
            reached = replace(state, person=ids[-1] if ids else None)
            self._write(session, reached, change)
        return 1


def _write_people(session: Session, change: Change) -> None:
    if not change.rows:
        return
    # As statements for many rows, for which a session would take ten times as long.
    connection, of_person = session.connection(), _STEPS.c.patient_id == bindparam("person")
    connection.execute(delete(_STEPS).where(of_person), [{"person": key} for key in change.rows])
    rows = [row.model_dump() for row in change.rows.values() if row is not None]
    if rows:
        connection.execute(insert(_STEPS), rows)


def _mark_folded(session: Session, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), _AT_ONCE):
        some = col(LogChange.seq).in_(numbers[start : start + _AT_ONCE])
        folded = update(LogChange).where(some).values(waits=False)
        session.exec(folded, execution_options={"synchronize_session": False})
