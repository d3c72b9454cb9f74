"""What waits to be folded, as contributions: made once for all charts that are drawn next."""

import threading
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, func, select

from services.outcomes.rollups.contributions import Contributions, add
from services.outcomes.rollups.marks import State
from services.outcomes.rollups.people import PersonCounting
from services.outcomes.rollups.waiting import WAITS, read_all_waiting, read_change
from services.store.tables import LogChange


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
