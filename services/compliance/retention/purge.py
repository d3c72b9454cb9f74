"""Deletes what is old enough, oldest first, some hundreds of rows in each transaction.

What belongs together goes in one transaction, and the event that counts it stands in the same one.
A purge that was broken off goes on with the next run: nothing is remembered but what is left.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Update, tuple_, update
from sqlmodel import Session, SQLModel, delete, func, select

from services.clock import Clock
from services.compliance.retention.due import KINDS
from services.compliance.retention.holds import read_held
from services.compliance.retention.kinds import Kind
from services.compliance.retention.stays import Policy
from services.ids import new_id
from services.staff.audit import Audit
from services.store import Store, lock_holds
from services.store.log_change import note_people, note_queries
from services.store.tables import NetworkQuery, WorkMark

PURGE = "retention.purge"
"""The action of the event that each transaction of a purge leaves."""

RUN = "purge"
"""The kind of the object of these events: all of one run have its id."""

_MARK = "retention"
_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Keeps:
    """How long rows are kept, and how long the bodies of webhooks."""

    log: timedelta
    bodies: timedelta


class Purge:
    """Deletes old rows of every table but those of the access log.

    Several machines may do so at once: each deletes what the other one has left.
    """

    def __init__(self, store: Store, audit: Audit, clock: Clock, keeps: Keeps) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._keeps = keeps
        self._due_at = clock()
        self._run: Iterator[Counter[str]] | None = None

    def step(self) -> int:
        """One transaction of the daily purge; answers how many rows it took, 0 once all is done.

        Raises `LogUnavailable`; the purge then begins again with the next step.
        """
        if self._run is None:
            if self._clock() < self._due_at:
                return 0
            self._run = self.run()
        try:
            purged = next(self._run, None)
        except Exception:
            self._run = None
            raise
        if purged is not None:
            return purged.total()
        self._run, self._due_at = None, self._clock() + _EVERY
        return 0

    def run(self) -> Iterator[Counter[str]]:
        """Purge all that is due; after each transaction answers how many rows of what it took.

        That it came to its end is kept too, also where nothing was due.
        """
        run_id = new_id(self._clock())
        with self._store.read() as session:
            policy = self._policy(session)
        for kind in KINDS:
            yield from self._purge(kind, policy, run_id)
        self._mark_end(run_id)

    def preview(self) -> Counter[str]:
        """How many rows of what a purge would take now; changes nothing."""
        found: Counter[str] = Counter()
        with self._store.read() as session:
            policy = self._policy(session)
            for kind in KINDS:
                for keys in _batches(session, kind, policy):
                    found += _count(session, kind, policy, keys)
        return found

    def _policy(self, session: Session) -> Policy:
        now = self._clock()
        return Policy(now - self._keeps.log, now - self._keeps.bodies, read_held(session))

    def _purge(self, kind: Kind, policy: Policy, run_id: str) -> Iterator[Counter[str]]:
        last: Any = None
        while True:
            # Looked for outside of the write transaction, for which others wait.
            with self._store.read() as session:
                rows = session.exec(_next(kind, policy, last)).all()
            if not rows:
                return
            last = (rows[-1][1], rows[-1][0])
            purged = self._purge_rows(kind, policy, [row[0] for row in rows], run_id)
            if purged:
                yield purged
            if len(rows) < kind.at_once:
                return

    def _purge_rows(
        self, kind: Kind, policy: Policy, found: Sequence[str], run_id: str
    ) -> Counter[str]:
        with self._store.write() as session:
            lock_holds(session)
            # A hold that was set meanwhile counts at once. One that was lifted counts with the next
            # run: what was passed over because of it may rest on what comes now.
            policy = replace(policy, held=policy.held | read_held(session))
            still = kind.select(policy).where(kind.key.in_(found))
            keys = [row[0] for row in session.exec(still).all()]
            purged = _take(session, kind, policy, keys) if keys else Counter()
            if purged:
                of, details = (RUN, run_id), {"rows": dict(purged)}
                self._audit.append(session, None, PURGE, of=of, details=details)
        return purged

    def _mark_end(self, run_id: str) -> None:
        with self._store.write() as session:
            mark = session.get(WorkMark, _MARK, with_for_update=True) or WorkMark(name=_MARK)
            mark.at, mark.key = self._clock(), run_id
            session.add(mark)


def read_end(session: Session) -> datetime | None:
    """When a purge last came to its end (UTC); None where none has."""
    mark = session.get(WorkMark, _MARK)
    return None if mark is None else mark.at


def _next(kind: Kind, policy: Policy, last: Any) -> Any:
    wanted = kind.select(policy).order_by(kind.at, kind.key).limit(kind.at_once)
    return wanted if last is None else wanted.where(tuple_(kind.at, kind.key) > tuple_(*last))


def _batches(session: Session, kind: Kind, policy: Policy) -> Iterator[list[str]]:
    last: Any = None
    while rows := session.exec(_next(kind, policy, last)).all():
        yield [row[0] for row in rows]
        last = (rows[-1][1], rows[-1][0])


def _take(session: Session, kind: Kind, policy: Policy, keys: Sequence[str]) -> Counter[str]:
    """Delete the rows with these keys, and what belongs to them; answers how many of each."""
    taken: Counter[str] = Counter()
    _note_for_rollups(session, kind, keys)
    for part in kind.parts:
        gone = delete(part.table).where(part.belong(keys, policy))
        taken[_name(part.table)] += _execute(session, gone)
    if kind.empties:
        change: Any = update(kind.table).where(kind.key.in_(keys)).values({kind.empties: None})
    else:
        change = delete(kind.table).where(kind.key.in_(keys))
    taken[kind.name] += _execute(session, change)
    return +taken


def _note_for_rollups(session: Session, kind: Kind, keys: Sequence[str]) -> None:
    """Have the rollups remember that what they count of these rows has left the log."""
    people = getattr(kind.table, "patient_id", None)
    if kind.empties or people is None:
        return
    if kind.table is NetworkQuery:
        note_queries(session, keys)
    whose = select(people).where(kind.key.in_(keys), people.is_not(None)).distinct()
    note_people(session, session.exec(whose).all())


def _execute(session: Session, change: Delete | Update) -> int:
    # Beside the session, which would note a change of each row for open pages: nobody has rows of
    # years ago open, and millions of such notes would have to be deleted next.
    return int(session.connection().execute(change).rowcount)


def _count(session: Session, kind: Kind, policy: Policy, keys: Sequence[str]) -> Counter[str]:
    found = Counter({kind.name: len(keys)})
    for part in kind.parts:
        wanted = select(func.count()).select_from(part.table).where(part.belong(keys, policy))
        found[_name(part.table)] += session.exec(wanted).one()
    return +found


def _name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)
