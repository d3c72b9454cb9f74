"""How many different people are behind a group of queries, sessions or links: enough, or too few.

The rollups count queries, and fifty of them may be one person's. So for product each group is
looked at in the log: the newest things of its week or month, some hundreds of them, until more than
`SMALL_CELL` different people were found. Where they are not, or where the log holds nothing of that
time any more, the group counts as small. The cost does not grow with the log, and a rare group of a
very full week may be hidden although it is large enough.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlmodel import Session, col, select

from services.outcomes.adoption.cells import cells_of
from services.outcomes.rollups.cells import QUERY_CUBES, count_query
from services.outcomes.rollups.contributions import values_of
from services.outcomes.rollups.cubes import AAL2, LINKS, RECORDS, Cube
from services.outcomes.rollups.reading import Part
from services.queries.status import FAILED, PARTIAL
from services.store import Store
from services.store.counted import read_all_counted
from services.store.tables import Aal2Challenge, NetworkQuery, PatientLink, PersonSteps

_FIRST, _MORE = 100, 500
"""Queries that are read of a period: of all, then more of all, then of those that went wrong."""

_MOST_PEOPLE = 200
_MOST_KNOWN = 50_000

_NOT_DONE = (FAILED, PARTIAL, "rejected", "unconfirmed", "not_started")
"""Statuses that are rare among all, and that charts are about."""

_EVERYTHING = Part()

Things = Iterator[tuple[str, str, Sequence[Any]]]
"""The person of a thing, the cube in which it is counted, and the values by which it is."""


class PeopleBehind:
    """Reads the newest rows of a period; knows what it has found, by the number that it was of."""

    def __init__(self, store: Store, cell: int) -> None:
        self._store = store
        self._enough = cell + 1
        self._known: dict[tuple[Any, ...], int] = {}

    def of(
        self,
        cube: Cube,
        frame: pd.DataFrame,
        starts: Sequence[datetime],
        end: datetime,
        part: Part = _EVERYTHING,
    ) -> "pd.Series[Any]":
        """The people behind each row of `frame`, at most one more than `SMALL_CELL`.

        `frame` has `start` (one of `starts`), some of the columns of `cube.values`, and `n`: it is
        what `Rollups.counts` answers, or sums of it. A cube of people answers `n` itself.
        """
        things = _reader_of(cube)
        if things is None:
            return frame["n"]
        names = [name for name in cube.values if name in frame.columns]
        # A thing has one person at most, so what is few enough need not be looked at.
        found = dict(zip(frame.index, frame["n"].clip(upper=self._enough), strict=True))
        for since, until in pairwise([*starts, end]):
            rows = frame[(frame["start"] == since) & (frame["n"] >= self._enough)]
            if len(rows):
                people = self._look_up(cube, names, rows, since, until, part)
                found.update(zip(rows.index, people, strict=True))
        return pd.Series(list(found.values()), index=frame.index, dtype="int64")

    def _look_up(
        self,
        cube: Cube,
        names: Sequence[str],
        rows: pd.DataFrame,
        since: datetime,
        until: datetime,
        part: Part,
    ) -> list[int]:
        """The people behind each row of one period, of which some may be known."""
        keys = [tuple(map(_plain, row)) for row in rows[names].itertuples(index=False)]
        about = (cube.name, *names, since, until, part)
        known = [(*about, key, int(n)) for key, n in zip(keys, rows["n"], strict=True)]
        if any(one not in self._known for one in known):
            people = self._read(cube, names, since, until, part, set(keys))
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            for one, key in zip(known, keys, strict=True):
                self._known[one] = min(len(people[key]), self._enough)
        return [self._known[one] for one in known]

    def _read(
        self,
        cube: Cube,
        names: Sequence[str],
        since: datetime,
        until: datetime,
        part: Part,
        wanted: set[tuple[Any, ...]],
    ) -> defaultdict[tuple[Any, ...], set[str]]:
        """The people found behind each of the `wanted` groups of one period."""
        people: defaultdict[tuple[Any, ...], set[str]] = defaultdict(set)
        things = _reader_of(cube)
        assert things is not None
        with self._store.read() as session:
            for patient_id, name, values in things(session, since, until, part.facility_id):
                of = dict(zip(cube.values, values, strict=True)) if name == cube.name else {}
                if not of or _is_left_out(of, part):
                    continue
                people[tuple(of[value] for value in names)].add(patient_id)
                # Looked at for each thing: most periods have enough people among the first few.
                if all(len(people[key]) >= self._enough for key in wanted):
                    break
        return people


def _reader_of(
    cube: Cube,
) -> Callable[[Session, datetime, datetime, str | None], Things] | None:
    """What reads the things that a cube counts; None where it counts people."""
    if cube in QUERY_CUBES:
        return _queries
    return {RECORDS: _records, AAL2: _challenges, LINKS: _links}.get(cube)


def _queries(session: Session, since: datetime, until: datetime, facility_id: str | None) -> Things:
    """The newest queries, by all cubes."""
    seen: set[str] = set()
    windows: list[tuple[str | None, int]] = [(None, _FIRST), (None, _MORE)]
    windows += [(status, _FIRST) for status in _NOT_DONE]
    for status, most in windows:
        ids = dict(_newest_queries(session, since, until, facility_id, status, most))
        new = [query_id for query_id in ids if query_id not in seen]
        seen.update(new)
        for query_id, counted in read_all_counted(session.connection(), new).items():
            for place in count_query(counted):
                # Each is counted in the slice of its facility too.
                if not place.slice:
                    yield ids[query_id], place.cube, values_of(place.key)


def _newest_queries(
    session: Session,
    since: datetime,
    until: datetime,
    facility_id: str | None,
    status: str | None,
    most: int,
) -> list[tuple[str, str]]:
    at = col(NetworkQuery.submitted_at)
    wanted = select(NetworkQuery.id, NetworkQuery.patient_id).where(at >= since, at < until)
    if facility_id is not None:
        wanted = wanted.where(NetworkQuery.facility_id == facility_id)
    if status is not None:
        wanted = wanted.where(NetworkQuery.status == status)
    return list(session.exec(wanted.order_by(at.desc()).limit(most)))


def _records(session: Session, since: datetime, until: datetime, facility_id: str | None) -> Things:
    queries = _newest_queries(session, since, until, facility_id, None, _MORE)
    yield from _of_people(session, since, until, [patient_id for _, patient_id in queries])


def _challenges(session: Session, since: datetime, until: datetime, _f: str | None) -> Things:
    # A challenge is satisfied some minutes or hours after it was made; those of a night between two
    # periods are missed, and may only make a group look smaller.
    at = col(Aal2Challenge.created_at)
    newest = select(Aal2Challenge.patient_id).where(at >= since, at < until)
    found = session.exec(newest.order_by(at.desc()).limit(_MOST_PEOPLE))
    yield from _of_people(session, since, until, list(found))


def _links(session: Session, since: datetime, until: datetime, _f: str | None) -> Things:
    at = col(PatientLink.expires_at)
    newest = select(PatientLink.patient_id).where(at >= since, at < until)
    found = session.exec(newest.order_by(at.desc()).limit(_MOST_PEOPLE))
    yield from _of_people(session, since, until, list(found))


def _of_people(
    session: Session, since: datetime, until: datetime, patient_ids: Sequence[str | None]
) -> Things:
    """What these people add to the cubes of people in the period, as it was last folded."""
    ids = list(dict.fromkeys(patient_id for patient_id in patient_ids if patient_id))
    if not ids:
        return
    rows = select(PersonSteps).where(col(PersonSteps.patient_id).in_(ids[:_MOST_PEOPLE]))
    for row in session.exec(rows):
        for cell in cells_of(row.counted):
            if since <= cell.at < until:
                yield row.patient_id, cell.cube, list(cell.key)


def _is_left_out(values: dict[str, Any], part: Part) -> bool:
    external = part.leave_out_external and values.get("origin") == "external"
    return external or (part.leave_out_tests and bool(values.get("test")))


def _plain(value: Any) -> Any:
    """A value of a table as the log has it: pandas makes other kinds of nothing and of numbers."""
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
