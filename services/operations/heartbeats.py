"""Writes a heartbeat after each step of a worker, so that a page shows whether it is alive."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, select

from services.clock import Clock
from services.store import Duplicate, Store
from services.store.tables import Heartbeat

INTERPRETER, RECONCILER, SWEEPER, BULK = "webhook interpreter", "reconciler", "sweeper", "bulk"
ANCHORING, DRIFT, COMPLIANCE = "access log", "demographics", "compliance"
FOLDING = "rollups"
WORKERS = (INTERPRETER, RECONCILER, SWEEPER, BULK, ANCHORING, DRIFT, COMPLIANCE, FOLDING)
"""The names of all workers that have a heartbeat."""

_WRITTEN_EVERY = timedelta(seconds=15)
"""Steps may follow each other every second; a write for each would keep the log busy."""


class Heartbeats:
    """Owns the table `worker_turn`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._written: dict[str, datetime] = {}

    def begin(self) -> None:
        """Write a heartbeat for every worker, so that at a start none seems silent."""
        for name in WORKERS:
            self._write(name)

    def noting(self, name: str, step: Callable[[], int]) -> Callable[[], int]:
        """A function that runs `step`, and writes a heartbeat for `name` if it did not raise."""

        def step_with_heartbeat() -> int:
            done = step()
            self._write(name)
            return done

        return step_with_heartbeat

    def _write(self, name: str) -> None:
        now = self._clock()
        if name in self._written and now - self._written[name] < _WRITTEN_EVERY:
            return
        try:
            with self._store.write() as session:
                session.merge(Heartbeat(name=name, at=now))
        except Duplicate:
            # Another machine inserted the worker's first row at the same moment.
            pass
        self._written[name] = now


def last_heartbeats(session: Session) -> dict[str, datetime]:
    """The time of each worker's last heartbeat (UTC), on any machine."""
    return {beat.name: beat.at for beat in session.exec(select(Heartbeat)).all()}
