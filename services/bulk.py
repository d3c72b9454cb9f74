"""Treatment queries for many people: written down first, then started one by one, as allowed.

Each item has the id of its query from the beginning, so that an item that is tried again after a
restart starts nothing twice. A person whose query upstream never looked at keeps their turn.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select

from services.access import Actor, Permission, Role
from services.audit import Audit
from services.call_log import CallLog
from services.clock import Clock
from services.errors import (
    AccessDeskError,
    InvalidInput,
    KeyRefused,
    LogUnavailable,
    NotInLog,
    RateLimited,
    Unreachable,
    UpstreamNotFound,
)
from services.ids import new_id
from services.metriport.client import MetriportClient
from services.metriport.schemas import Sources
from services.query_requests import TreatmentRequest
from services.query_starts import QueryStarts
from services.query_status import NOT_STARTED, REJECTED, SUBMITTING
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery
from services.store.work_tables import BulkItem, BulkRun

RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
WAITING, STARTED, FAILED = "waiting", "started", "failed"

KEY_REFUSED, RATE_LIMITED = KeyRefused.kind, RateLimited.kind
_NEVER_LOOKED_AT = (KEY_REFUSED, RATE_LIMITED, Unreachable.kind)
_ONE_BY_ONE = 60
_KEPT_FREE = 2
"""Of each limit, so that staff can start a query by hand beside a bulk run."""

_RUNS = 20
_PAUSE = timedelta(minutes=1)
_MOST_SETBACKS = 5
_KEY_REFUSED = "Metriport refused our API key. An administrator must check METRIPORT_API_KEY."
_OUT_OF_REACH = "Metriport could not be reached, again and again. Go on when it answers."


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
        starts: QueryStarts,
        calls: CallLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._starts = starts
        self._calls = calls
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

    def runs(self, actor: Actor) -> list[BulkProgress]:
        """The newest runs and how far they are."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        with self._store.read() as session:
            newest = select(BulkRun).order_by(col(BulkRun.id).desc()).limit(_RUNS)
            runs = session.exec(newest).all()
            counts = _counts(session, [run.id for run in runs])
        return [
            BulkProgress(run, counts.get((run.id, STARTED), 0), counts.get((run.id, FAILED), 0))
            for run in runs
        ]

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

    def step(self) -> int:
        """Start the next person's query, if a run waits and the limits allow it; how many.

        Raises `LogUnavailable`; then the person's turn comes again.
        """
        with self._store.read() as session:
            found = session.exec(_next_item(self._clock())).first()
        if found is None:
            return 0
        item, run = found
        sources = Sources.model_validate(run.sources)
        if not self._is_allowed(sources):
            return 0
        return self._start(run, item, sources)

    def _start(self, run: BulkRun, item: BulkItem, sources: Sources) -> int:
        actor = Actor(run.created_by, Role(run.role))
        request = TreatmentRequest(
            item.patient_id, run.facility_id, sources, run.reason, run.ticket or ""
        )
        try:
            query = self._starts.start(actor, item.query_id, request)
        except LogUnavailable:
            raise
        except AccessDeskError as error:
            self._settle(run.id, item.id, FAILED, str(error))
            return 1
        if query.status == SUBMITTING:
            # Another machine has it on its way, or lost it: in two minutes it is unconfirmed.
            return 0
        if query.error_kind in _NEVER_LOOKED_AT and query.status in (REJECTED, NOT_STARTED):
            self._set_back(run.id, item.id, query.error_kind)
            return 0
        self._settle(run.id, item.id, STARTED, None)
        return 1

    def _settle(self, run_id: str, item_id: int | None, status: str, error: str | None) -> None:
        with self._store.write() as session:
            row = session.get_one(BulkItem, item_id, with_for_update=True)
            run = session.get_one(BulkRun, run_id, with_for_update=True)
            row.status, row.error, run.setbacks = status, error, 0
            session.add_all([row, run])
            session.flush()
            if not session.exec(_waiting(run_id)).first():
                run.status, run.finished_at = FINISHED, self._clock()

    def _set_back(self, run_id: str, item_id: int | None, why: str | None) -> None:
        """Upstream never looked at it: the person keeps their turn, with a query of its own."""
        now = self._clock()
        with self._store.write() as session:
            row = session.get_one(BulkItem, item_id, with_for_update=True)
            run = session.get_one(BulkRun, run_id, with_for_update=True)
            row.query_id, run.not_before = new_id(now), now + _PAUSE
            run.setbacks += why != RATE_LIMITED
            if why == KEY_REFUSED or run.setbacks >= _MOST_SETBACKS:
                run.status, run.setbacks = STOPPED, 0
                run.stop_reason = _KEY_REFUSED if why == KEY_REFUSED else _OUT_OF_REACH
            session.add_all([row, run])

    def _is_allowed(self, sources: Sources) -> bool:
        left = {one.operation: one.left for one in self._calls.budgets_now(self._clock())}
        names = {"hie": "HIE", "pharmacy": "Pharmacy", "lab": "Laboratory"}
        return all(left[f"{names[kind]} queries"] > _KEPT_FREE for kind in sources.types)

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
                run.status, run.not_before, run.stop_reason = after, None, None
                session.add(run)
            self._audit.append(session, actor, action, of=("bulk", run_id))


def _next_item(now: datetime) -> Any:
    wanted = select(BulkItem, BulkRun).join(BulkRun, col(BulkRun.id) == col(BulkItem.run_id))
    wanted = wanted.where(col(BulkRun.status) == RUNNING, col(BulkItem.status) == WAITING)
    wanted = wanted.where(or_(col(BulkRun.not_before).is_(None), col(BulkRun.not_before) <= now))
    return wanted.order_by(col(BulkItem.id)).limit(1)


def _waiting(run_id: str) -> Any:
    wanted = select(BulkItem.id).where(col(BulkItem.run_id) == run_id)
    return wanted.where(col(BulkItem.status) == WAITING).limit(1)


def _counts(session: Session, run_ids: Collection[str]) -> dict[tuple[str, str], int]:
    wanted = select(BulkItem.run_id, BulkItem.status, func.count())
    wanted = wanted.where(col(BulkItem.run_id).in_(run_ids))
    rows = session.exec(wanted.group_by(col(BulkItem.run_id), col(BulkItem.status))).all()
    return {(run_id, status): number for run_id, status, number in rows}
