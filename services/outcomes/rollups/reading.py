"""Answers what charts ask of the rollups, with what waits to be folded: never late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
from sqlmodel import Session

from services.outcomes.rollups.contributions import (
    EVERYTHING,
    Place,
    of_facility,
    values_of,
)
from services.outcomes.rollups.cubes import Cube
from services.outcomes.rollups.folding import Folding
from services.outcomes.rollups.histogram import BINS
from services.outcomes.rollups.marks import read_state
from services.outcomes.rollups.people import PersonCounting
from services.outcomes.rollups.rebuilding import first_day
from services.outcomes.rollups.table.packing import Numbers
from services.outcomes.rollups.table.spans import QUARTERS, Spans, number_of
from services.outcomes.rollups.table.stored import Counted, Keys, join, read_stored
from services.outcomes.rollups.waiting import Tail, count_waiting
from services.queries.updates import EXTERNAL
from services.store import Store

_MANY_WAITING = 1_000
_MOST_FOLDS = 20
"""A chart folds what has piled up, as after a bulk run, but does not wait for it for ever."""


@dataclass(frozen=True)
class Part:
    """Which part of the log a chart is about.

    `facility_id` is None for all of them. Queries that other programs started with our key, and
    people of a test, can be left out.
    """

    facility_id: str | None = None
    leave_out_external: bool = False
    leave_out_tests: bool = True

    @property
    def slice(self) -> str:
        """The slice that holds it."""
        return of_facility(self.facility_id) if self.facility_id else EVERYTHING

    @property
    def is_filtered_beside_facility(self) -> bool:
        """Whether another filter than the facility is in use."""
        return self.leave_out_external or not self.leave_out_tests


@dataclass(frozen=True)
class Progress:
    """How far the rollups are built, after an upgrade or a first start.

    Days in UTC: `first` is the first one of the log, `built_from` the first one that charts count,
    None where they count none yet. `people` is whether everybody is counted.
    """

    first: date | None
    built_from: date | None
    people: bool

    @property
    def is_built(self) -> bool:
        """Whether charts count all that the log holds."""
        if not self.people:
            return False
        return self.first is None or (self.built_from is not None and self.built_from <= self.first)


class Rollups:
    """Reads the table `rollup` and the waiting rows of `log_change`, in one snapshot.

    All methods raise `LogUnavailable`.
    """

    def __init__(self, store: Store, people: PersonCounting | None = None) -> None:
        """`people` is needed for cubes of people, so that those who wait are counted too."""
        self._store = store
        self._people = people
        self._folding = Folding(store, people)
        self._tail = Tail(people)

    def counts(
        self, cube: Cube, starts: Sequence[datetime], end: datetime, part: Part = Part()
    ) -> pd.DataFrame:
        """How many things of which values there are in each bucket.

        `starts` (aware, ascending) begin the buckets, the last of which ends before `end`; bounds
        count to the quarter of an hour. Columns: `start` (one of `starts`, in UTC), those of
        `cube.values`, and `n`. Rows with 0 are left out, and `start` ascends.
        """
        spans, keys = Spans(starts, end), Keys()
        counted = _kept(self._read(cube, spans, keys, part, durations=False), cube, keys, part)
        return _added_up(counted, cube, spans, keys)

    def counts_by_facility(
        self,
        cube: Cube,
        starts: Sequence[datetime],
        end: datetime,
        facility_ids: Sequence[str],
        part: Part = Part(),
    ) -> dict[str, pd.DataFrame]:
        """The same for each of some facilities, in one snapshot; that of `part` does not matter."""
        spans, found = Spans(starts, end), {}
        self._fold_what_piled_up()
        with self._store.read() as session:
            waiting = self._tail.read(session, read_state(session))
            for facility_id in facility_ids:
                one, keys = replace(part, facility_id=facility_id), Keys()
                counted = self._join(session, waiting, cube, spans, keys, one, durations=False)
                found[facility_id] = _added_up(_kept(counted, cube, keys, one), cube, spans, keys)
        return found

    def durations(
        self, cube: Cube, starts: Sequence[datetime], end: datetime, part: Part = Part()
    ) -> pd.DataFrame:
        """The same for a cube of durations, with `bins`: their histogram as an array of int64."""
        spans, keys = Spans(starts, end), Keys()
        counted = _kept(self._read(cube, spans, keys, part, durations=True), cube, keys, part)
        groups, inverse = _group(counted, len(keys.all()))
        flat = _add_up(inverse * BINS + counted.bin, counted.count, len(groups) * BINS)
        bins = flat.reshape(len(groups), BINS)
        return _frame(cube, spans, keys, groups, bins.sum(axis=1), bins)

    def progress(self) -> Progress:
        """How far the rollups are built."""
        with self._store.read() as session:
            state, first = read_state(session), first_day(session)
        people = self._people is None or state.person is None
        return Progress(first, state.built_from, people)

    def _read(self, cube: Cube, spans: Spans, keys: Keys, part: Part, durations: bool) -> Counted:
        self._fold_what_piled_up()
        with self._store.read() as session:
            waiting = self._tail.read(session, read_state(session))
            return self._join(session, waiting, cube, spans, keys, part, durations)

    def _join(
        self,
        session: Session,
        waiting: Mapping[Place, int],
        cube: Cube,
        spans: Spans,
        keys: Keys,
        part: Part,
        durations: bool,
    ) -> Counted:
        stored = read_stored(session.connection(), cube.name, part.slice, spans, keys, durations)
        return join([stored, _in_spans(waiting, cube, spans, keys, part)])

    def _fold_what_piled_up(self) -> None:
        for _ in range(_MOST_FOLDS):
            with self._store.read() as session:
                if count_waiting(session) < _MANY_WAITING:
                    return
            if not self._folding.fold():
                return


def _in_spans(
    waiting: Mapping[Place, int], cube: Cube, spans: Spans, keys: Keys, part: Part
) -> Counted:
    """The contributions to a cube and slice that lie in the buckets."""
    places = [place for place in waiting if place[:2] == (cube.name, part.slice)]
    quarters = [number_of(place.day) * QUARTERS + max(place.quarter, 0) for place in places]
    buckets = spans.bucket_of(np.array(quarters, dtype=np.int64))
    counted = Counted(
        buckets,
        keys.positions(place.key for place in places),
        np.array([place.bin for place in places], dtype=np.int64),
        np.array([waiting[place] for place in places], dtype=np.int64),
    )
    return _only(counted, buckets >= 0)


def _kept(counted: Counted, cube: Cube, keys: Keys, part: Part) -> Counted:
    """Without what the part leaves out."""
    kept = [_is_in(dict(zip(cube.values, values_of(key), strict=True)), part) for key in keys.all()]
    return _only(counted, np.array(kept, dtype=bool)[counted.key])


def _is_in(values: Mapping[str, object], part: Part) -> bool:
    if part.leave_out_tests and values.get("test"):
        return False
    return not (part.leave_out_external and values.get("origin") == EXTERNAL)


def _only(counted: Counted, kept: np.ndarray) -> Counted:
    columns = (counted.bucket, counted.key, counted.bin, counted.count)
    return Counted(*(column[kept] for column in columns))


def _group(counted: Counted, keys: int) -> tuple[Numbers, Numbers]:
    """The groups (bucket · keys + key) in their order, and the position of each number's group."""
    groups, inverse = np.unique(counted.bucket * max(keys, 1) + counted.key, return_inverse=True)
    return groups, inverse


def _added_up(counted: Counted, cube: Cube, spans: Spans, keys: Keys) -> pd.DataFrame:
    groups, inverse = _group(counted, len(keys.all()))
    return _frame(cube, spans, keys, groups, _add_up(inverse, counted.count, len(groups)))


def _add_up(positions: Numbers, counts: Numbers, size: int) -> Numbers:
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, positions, counts)
    return totals


def _frame(
    cube: Cube,
    spans: Spans,
    keys: Keys,
    groups: Numbers,
    n: Numbers,
    bins: np.ndarray | None = None,
) -> pd.DataFrame:
    kept = np.flatnonzero(n)
    buckets, its_keys = np.divmod(groups[kept], max(len(keys.all()), 1))
    starts = pd.DatetimeIndex(spans.starts, tz="UTC") if spans.starts else _NO_TIMES
    values = [values_of(key) for key in keys.all()]
    frame = pd.DataFrame({"start": starts[buckets]})
    for position, name in enumerate(cube.values):
        column = np.array([its[position] for its in values] or [None], dtype=object)
        # As objects: of texts pandas would make its own kind, with NaN in place of None.
        frame[name] = pd.Series(column[its_keys], dtype=object)
    frame["n"] = n[kept]
    if bins is not None:
        frame["bins"] = list(bins[kept])
    return frame


_NO_TIMES = pd.DatetimeIndex([], tz="UTC")
