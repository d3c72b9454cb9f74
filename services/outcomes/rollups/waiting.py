"""Reads the rows of `log_change` that wait to be folded, and what they change. Only reads.

All of it must be read in one snapshot of the log: what is counted by now has to be what stood there
after the last of the waiting rows.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select, text

from services.outcomes.rollups.cells import count_query
from services.outcomes.rollups.contributions import Contributions, add
from services.outcomes.rollups.marks import State
from services.outcomes.rollups.people import PersonCounting
from services.store.counted import read_all_counted
from services.store.log_change import Subject
from services.store.tables import LogChange, PersonSteps

_log = logging.getLogger(__name__)

WAITS: Any = text("waits")
"""Written as the partial index has it: SQLite would not use it for `waits = 1`."""

_QUERY, _PERSON = f"{Subject.QUERY.value} ", f"{Subject.PATIENT.value} "
_MOST_TOPICS = 300


@dataclass
class Waiting:
    """What waits: the numbers of the rows, queries, and people.

    `queries` is what each query was counted by before the first of its rows, and `last` the same
    before the last one: of a query that is gone, what it was counted by when it went.
    """

    numbers: list[int] = field(default_factory=list)
    queries: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    last: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)


@dataclass
class Change:
    """What the waiting rows change.

    `queries` and `people` are what must be added to the rollups. `gone` is what is counted for
    queries and people that the log does not hold any more: it stays. `rows` are the new rows of
    people, None for one that goes.
    """

    queries: Contributions = field(default_factory=dict)
    people: Contributions = field(default_factory=dict)
    gone: Contributions = field(default_factory=dict)
    rows: dict[str, PersonSteps | None] = field(default_factory=dict)


def read_all_waiting(session: Session) -> Waiting:
    """Everything that waits."""
    return _waiting(session.exec(_rows().where(WAITS).order_by(col(LogChange.seq))))


def read_some_waiting(session: Session, most: int) -> Waiting:
    """What waits of the things that have waited longest.

    All rows of one thing come together, so that there may be more than `most`.
    """
    oldest = select(LogChange.topic).where(WAITS).order_by(col(LogChange.seq)).limit(most)
    topics = list(dict.fromkeys(session.exec(oldest)))
    found = []
    for start in range(0, len(topics), _MOST_TOPICS):
        of_topics = col(LogChange.topic).in_(topics[start : start + _MOST_TOPICS])
        found += session.exec(_rows().where(of_topics, WAITS).order_by(col(LogChange.seq))).all()
    return _waiting(found)


def read_change(session: Session, waiting: Waiting, people: PersonCounting | None) -> Change:
    """What these rows change, compared with what the rollups hold."""
    change = Change()
    _add_queries(session, waiting, change)
    if people is not None:
        add_people(session, waiting.people, people, change)
    return change


def _add_queries(session: Session, waiting: Waiting, change: Change) -> None:
    now = read_all_counted(session.connection(), list(waiting.queries))
    for query_id, before in waiting.queries.items():
        # What is gone stays counted, as it was when it went.
        counted = try_count(count_query, now.get(query_id, waiting.last[query_id]))
        add(change.queries, counted)
        add(change.queries, try_count(count_query, before), -1)
        if query_id not in now:
            add(change.gone, counted)


def add_people(
    session: Session, patient_ids: Sequence[str], people: PersonCounting, change: Change
) -> None:
    """Add to `change` what becomes of these people, compared with their rows."""
    rows = people.read(session, patient_ids) if patient_ids else {}
    before = _read_steps(session, patient_ids)
    for patient_id in patient_ids:
        row, old = rows.get(patient_id), before.get(patient_id)
        if row is None and old is None:
            continue
        counted = {} if old is None else try_count(people.count, old)
        change.rows[patient_id] = row
        if row is None:
            add(change.gone, counted)
        else:
            add(change.people, try_count(people.count, row.counted))
            add(change.people, counted, -1)


def _read_steps(session: Session, patient_ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(patient_ids), _MOST_TOPICS):
        some = patient_ids[start : start + _MOST_TOPICS]
        wanted = select(PersonSteps.patient_id, PersonSteps.counted)
        found |= dict(session.exec(wanted.where(col(PersonSteps.patient_id).in_(some))).all())
    return found


def try_count(count: Callable[[Any], Contributions], counted: Any) -> Contributions:
    """What is counted; nothing where it cannot be read, now and whenever it is taken back."""
    try:
        return count(counted)
    except Exception as error:
        # One bad row stops nobody. What it holds may be about a person, so only the class is told.
        _log.error("rollups: %s", type(error).__name__)
        return {}


def _rows() -> Any:
    return select(col(LogChange.seq), col(LogChange.topic), col(LogChange.old))


def _waiting(rows: Iterable[Any]) -> Waiting:
    found, people = Waiting(), dict[str, None]()
    for number, topic, old in rows:
        found.numbers.append(number)
        if topic.startswith(_QUERY):
            # The first of a query's rows says what the rollups count it by.
            found.queries.setdefault(topic.removeprefix(_QUERY), old)
            found.last[topic.removeprefix(_QUERY)] = old
        elif topic.startswith(_PERSON):
            people[topic.removeprefix(_PERSON)] = None
    found.people = list(people)
    return found


def count_waiting(session: Session) -> int:
    """How many changes wait to be folded."""
    return session.exec(select(func.count(col(LogChange.seq))).where(WAITS)).one()


@dataclass
class Tail:
    """What waits to be folded; remembers it until something else waits."""

    people: PersonCounting | None
    _seen: tuple[object, ...] = ()
    _counted: Contributions = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, session: Session, state: State) -> Contributions:
        """What must be added to the rollups, as they are in this snapshot of the log."""
        # Who changes what is counted leaves a new row here: the same rows are the same changes.
        number = col(LogChange.seq)
        wanted = select(func.count(number), func.min(number), func.max(number), func.sum(number))
        seen = (state.version, *session.exec(wanted.where(WAITS)).one())
        with self._lock:
            if seen == self._seen:
                return self._counted
        counted = self._read(session, state)
        with self._lock:
            self._seen, self._counted = seen, counted
        return counted

    def _read(self, session: Session, state: State) -> Contributions:
        change = read_change(session, read_all_waiting(session), self.people)
        # Before the first step of the folding all there is may be waiting.
        built_from = state.built_from or date.min
        counted = {
            place: number for place, number in change.queries.items() if place.day >= built_from
        }
        add(counted, change.people)
        return counted
