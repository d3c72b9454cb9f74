"""How far the rollups are built, and a number that each change of them raises.

The number makes writers of rollups notice each other: who has read the log compares it, with its
row locked, before writing what came of that.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlmodel import Session

from services.store.tables import WorkMark

_QUERIES, _PEOPLE = "rollups", "rollups of people"
_BUILT = "built"


@dataclass(frozen=True)
class State:
    """How far the rollups are built.

    `version` grows with each change. The days in UTC from `built_from` on are built; None: before
    the first step, when all that the log holds may be waiting. `person` is the id up to which
    people are counted, None once all are.
    """

    version: int = 0
    built_from: date | None = None
    person: str | None = ""

    @property
    def is_built(self) -> bool:
        """Whether every day and everybody is counted."""
        return self.built_from == date.min and self.person is None


def read_state(session: Session, lock: bool = False) -> State:
    """The state now; with `lock` nobody else changes it until the caller's transaction ends."""
    mark = session.get(WorkMark, _QUERIES, with_for_update=lock or None)
    if mark is None:
        return State()
    people = session.get(WorkMark, _PEOPLE)
    person = people.key if people else ""
    is_done = people is not None and people.seq > 0
    return State(mark.seq, _day_of(mark), None if is_done else person)


def write_state(session: Session, state: State) -> None:
    """Write the state, with a version that is one higher, in the caller's transaction."""
    at = None
    if state.built_from not in (None, date.min):
        at = datetime.combine(state.built_from or date.min, time(), UTC)
    key = _BUILT if state.built_from == date.min else ""
    session.merge(WorkMark(name=_QUERIES, seq=state.version + 1, at=at, key=key))
    done = state.person is None
    session.merge(WorkMark(name=_PEOPLE, seq=int(done), key=state.person or ""))


def _day_of(mark: WorkMark) -> date | None:
    if mark.key == _BUILT:
        return date.min
    return mark.at.date() if mark.at else None
