"""What the event of a look adds to the look, on SQLite on the disk of the temporary folder.

    python -m tests.benchmarks.noting

Opens one query of the log again and again: as it is, without the event, and with the event but
without its chain, taking turns, so that a busy machine slows all of them. Below that, what one
commit costs on this disk, and what asking whether the session lasts costs. The processor's own time
stands beside each: the rest is the disk, and other programs on the machine.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median, quantiles
from typing import Any

from sqlalchemy import insert, text

from services.clock import utc_now
from services.queries.query_log import Queries
from services.staff.audit import Audit
from services.staff.permissions import Actor, Role
from services.staff.sign_in.sessions import SessionLimits, StaffSessions
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery
from tests.benchmarks.databases import sqlite_log
from tests.fast_store import sync_never
from tests.staff_members import STAFF, open_sessions

_TIMES = 300
_WHO = STAFF[Role.SUPPORT]
_HOUR = timedelta(hours=1)


class _Silent(Audit):
    """An access log into which looks are not written."""

    def look(self, actor: Actor, action: str, **event: Any) -> None:
        """Do nothing."""


class _Unchained(Audit):
    """An access log whose events have no hash, and no head that they wait for."""

    _seq = 10**9

    def append(self, session: Any, actor: Any, action: str, **event: Any) -> None:
        """Insert the row as it is."""
        _Unchained._seq += 1
        kind, object_id = event.get("of") or (None, None)
        row = {
            "seq": self._seq, "at": utc_now(), "actor_id": actor.id, "actor": actor.name,
            "role": actor.role.value, "session_id": actor.session, "action": action,
            "outcome": "done", "patient_id": event.get("patient_id"), "object_kind": kind,
            "object_id": object_id, "details": event.get("details"),
        }  # fmt: skip
        session.connection().execute(insert(AuditEvent), [row])


class _NoLooks:
    """Forgets every look, so that each one is written."""

    def is_noted(self, *_: object) -> bool:
        """Never."""
        return False

    def remember(self, *_: object) -> None:
        """Keep nothing."""


def _fill(store: Store) -> None:
    open_sessions(store, utc_now())
    with store.write() as session:
        query = NetworkQuery(
            id="q-1", patient_id="p-1", purpose="treatment", origin="dashboard",
            status="completed", requested="lab", started_by="Sam", submitted_at=utc_now(), checks=1,
        )  # fmt: skip
        session.add(query)


@dataclass
class _Times:
    """Milliseconds on the clock, and of the processor."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def add(self, ask: Callable[[], object]) -> None:
        """Measure one call."""
        began, worked = time.perf_counter(), time.thread_time()
        ask()
        self.processor.append(1000 * (time.thread_time() - worked))
        self.clock.append(1000 * (time.perf_counter() - began))


def _measure(asks: dict[str, Callable[[], object]]) -> dict[str, _Times]:
    """The times of each, one after the other, again and again."""
    times = {name: _Times() for name in asks}
    for _ in range(_TIMES):
        for name, ask in asks.items():
            times[name].add(ask)
    return times


def _note(audit: Audit) -> None:
    of = ("query", "q-1")
    audit.note(_WHO, "query.view", patient_id="p-1", of=of, details={"page": 1})


def _commit(store: Store) -> None:
    with store.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = version_num"))


@contextmanager
def _opened() -> Iterator[tuple[Store, StaffSessions]]:
    with sqlite_log() as store:
        _fill(store)
        limits = SessionLimits(_HOUR, _HOUR)
        yield store, StaffSessions(store, utc_now, limits)


def measure() -> None:
    """Print the medians, and what the event adds."""
    with _opened() as (store, sessions), _opened() as (quick, _):
        quick.close()
        sync_never(quick)
        looks = {
            "a look with its event": Audit(store, utc_now, sessions),
            "without the event": _Silent(store, utc_now, sessions),
            "with an event that is not chained": _Unchained(store, utc_now, sessions),
        }
        asks: dict[str, Callable[[], object]] = {
            name: partial(Queries(store, audit).open, _WHO, "q-1") for name, audit in looks.items()
        }
        for name, log in (
            ("the event alone", store),
            ("the same, not waiting for the disk", quick),
        ):
            asks[name] = partial(_note, Audit(log, utc_now, sessions))
        asks["one commit of one row"] = lambda: _commit(store)
        asks["whether the session lasts"] = lambda: sessions.may_act(_WHO)
        for audit in looks.values():
            audit._looks = _NoLooks()  # type: ignore[assignment]
        _report(_measure(asks))


def _report(times: dict[str, _Times]) -> None:
    for name, found in times.items():
        last, own = quantiles(found.clock, n=20)[-1], median(found.processor)
        print(  # noqa: T201
            f"{name:34} {median(found.clock):6.2f} ms (95 in 100 below {last:6.2f} ms), "
            f"processor {own:5.2f} ms"
        )
    without = times["without the event"]
    for name in ("a look with its event", "with an event that is not chained"):
        clock, processor = (
            median(a - b for a, b in zip(more, less, strict=True))
            for more, less in (
                (times[name].clock, without.clock),
                (times[name].processor, without.processor),
            )
        )
        print(f"{name}: adds {clock:.2f} ms, processor {processor:.2f} ms")  # noqa: T201


if __name__ == "__main__":
    measure()
