"""Treatment queries for many people: a list is checked and written down; `bulk_starts` does it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.errors import (
    InvalidInput,
    NotInLog,
    UpstreamNotFound,
)
from services.ids import new_id
from services.metriport.client import MetriportClient
from services.queries.requests import TreatmentRequest
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Duplicate, Store
from services.store.tables import BulkItem, BulkRun, NetworkQuery

RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
WAITING, STARTED, FAILED = "waiting", "started", "failed"

_ONE_BY_ONE = 60
_RUNS = 20


@dataclass(frozen=True)
class BulkResult:
    """One person of a run, and how their query stands, if it was started."""

    item: BulkItem
    query: NetworkQuery | None


@dataclass(frozen=True)
class BulkProgress:
    """A run and how far it is."""

    run: BulkRun
    started: int
    failed: int

    @property
    def done(self) -> int:
        """People whose turn has come."""
        return self.started + self.failed


class Bulk:
    """Owns the tables `bulk_run` and `bulk_item`."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._clock = clock

    def unknown(self, actor: Actor, ids: Collection[str]) -> Iterator[tuple[int, set[str]]]:
        """Which of the ids upstream does not know, step by step.

        Yields how many were looked at and which are still unknown; the last one counts. Raises an
        `UpstreamError`.
        """
        self._audit.require(actor, Permission.QUERIES_START)
        self._audit.note(actor, "bulk.check", details={"people": len(ids)})
        missing = set(ids)
        if len(missing) <= _ONE_BY_ONE:
            for number, one in enumerate(list(ids), start=1):
                missing -= {one} if self._knows(one) else set()
                yield number, missing
            return
        for number, patient in enumerate(self._client.iter_patients(), start=1):
            missing.discard(patient.id)
            if number % 500 == 0:
                yield number, missing
            if not missing:
                break
        yield len(ids), missing

    def new_id(self) -> str:
        """An id for a run about to be begun: beginning twice with it begins once."""
        return new_id(self._clock())

    def begin(
        self, actor: Actor, run_id: str, ids: Sequence[str], request: TreatmentRequest
    ) -> None:
        """Write a run down; the background starts it. `request` is for everybody alike.

        Raises `InvalidInput`. The same `run_id` again changes nothing.
        """
        self._audit.require(actor, Permission.QUERIES_START)
        request.check()
        if not ids:
            raise InvalidInput("The list holds no patient id.")
        now = self._clock()
        run = BulkRun(
            id=run_id,
            created_by=actor.name,
            role=actor.role.value,
            created_at=now,
            status=RUNNING,
            facility_id=request.facility_id,
            sources=request.sources.model_dump(),
            reason=request.reason,
            ticket=request.ticket or None,
            total=len(ids),
        )
        details = {"people": len(ids), "sources": request.sources.types}
        with suppress(Duplicate), self._store.write() as session:
            session.add(run)
            session.flush()
            session.add_all(
                BulkItem(run_id=run.id, patient_id=one, query_id=new_id(now), status=WAITING)
                for one in ids
            )
            self._audit.append(session, actor, "bulk.start", of=("bulk", run.id), details=details)

    def stop(self, actor: Actor, run_id: str) -> None:
        """Start no more of it; what was started goes on."""
        self._switch(actor, run_id, RUNNING, STOPPED, "bulk.stop")

    def resume(self, actor: Actor, run_id: str) -> None:
        """Go on with those whose turn has not come."""
        self._switch(actor, run_id, STOPPED, RUNNING, "bulk.resume")

    def runs(self, actor: Actor, wanted: str | None = None) -> list[BulkProgress]:
        """The newest runs and how far they are; or the `wanted` one alone, if there is one."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        newest = select(BulkRun).order_by(col(BulkRun.id).desc()).limit(_RUNS)
        if wanted:
            newest = newest.where(col(BulkRun.id) == wanted)
        with self._store.read() as session:
            runs = session.exec(newest).all()
            counts = _counts(session, [run.id for run in runs])
        return [
            BulkProgress(run, counts.get((run.id, STARTED), 0), counts.get((run.id, FAILED), 0))
            for run in runs
        ]

    def open(self, actor: Actor, run_id: str) -> None:
        """Note that the people of a run are looked at; `results` shows them."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        self._audit.note(actor, "bulk.view", of=("bulk", run_id))

    def results(self, actor: Actor, run_id: str, most: int | None = None) -> list[BulkResult]:
        """The people of a run in the order of the list, at most so many."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            wanted = select(BulkItem, NetworkQuery).where(col(BulkItem.run_id) == run_id)
            joined = wanted.join(
                NetworkQuery, col(NetworkQuery.id) == col(BulkItem.query_id), isouter=True
            )
            rows = session.exec(joined.order_by(col(BulkItem.id)).limit(most)).all()
        return [BulkResult(item, query) for item, query in rows]

    def export(self, actor: Actor, run_id: str) -> list[BulkResult]:
        """The same for a file; noted, because it leaves the dashboard."""
        found = self.results(actor, run_id)
        details = {"people": len(found)}
        self._audit.note(actor, "bulk.export", of=("bulk", run_id), details=details)
        return found

    def _knows(self, patient_id: str) -> bool:
        try:
            self._client.get_patient(patient_id)
        except UpstreamNotFound:
            return False
        return True

    def _switch(self, actor: Actor, run_id: str, before: str, after: str, action: str) -> None:
        self._audit.require(actor, Permission.QUERIES_START)
        with self._store.write() as session:
            run = session.get(BulkRun, run_id, with_for_update=True)
            if run is None:
                raise NotInLog("The log holds no bulk run with this id.")
            if run.status == before:
                run.status, run.setbacks = after, 0
                run.not_before = run.stop_reason = None
                session.add(run)
            self._audit.append(session, actor, action, of=("bulk", run_id))


def _counts(session: Session, run_ids: Collection[str]) -> dict[tuple[str, str], int]:
    wanted = select(BulkItem.run_id, BulkItem.status, func.count())
    wanted = wanted.where(col(BulkItem.run_id).in_(run_ids))
    rows = session.exec(wanted.group_by(col(BulkItem.run_id), col(BulkItem.status))).all()
    return {(run_id, status): number for run_id, status, number in rows}
