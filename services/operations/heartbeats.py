"""Notes when background work had its turn, so that anybody can see whether it is alive."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, select

from services.clock import Clock
from services.store import Duplicate, Store
from services.store.tables import Heartbeat

INTERPRETER, RECONCILER, SWEEPER, BULK = "webhook interpreter", "reconciler", "sweeper", "bulk"
WORKERS = (INTERPRETER, RECONCILER, SWEEPER, BULK)
"""The kinds of work that go on beside the pages."""

_NOTED_EVERY = timedelta(seconds=15)


class Heartbeats:
    """Owns the table `worker_turn`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[str, datetime] = {}

    def begin(self) -> None:
        """The program starts: everything has its turn from now on."""
        for name in WORKERS:
            self._note(name)

    def noting(self, name: str, step: Callable[[], int]) -> Callable[[], int]:
        """`step`, noted under `name` whenever it has come to its end."""

        def noted() -> int:
            done = step()
            self._note(name)
            return done

        return noted

    def _note(self, name: str) -> None:
        now = self._clock()
        if name in self._noted and now - self._noted[name] < _NOTED_EVERY:
            return
        try:
            with self._store.write() as session:
                session.merge(Heartbeat(name=name, at=now))
        except Duplicate:
            # Another machine wrote the first turn at the same moment, which says the same.
            pass
        self._noted[name] = now


def last_heartbeats(session: Session) -> dict[str, datetime]:
    """When each kind of work last had its turn (UTC)."""
    return {one.name: one.at for one in session.exec(select(Heartbeat)).all()}
