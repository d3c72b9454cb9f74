"""Bulk runs as the staff handles them: check a list, begin a run, stop it, look at its results.

The queries themselves are started in the background, by `starts`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.errors import InvalidInput, NotInLog, UpstreamNotFound
from services.ids import new_id
from services.metriport.client import MetriportClient
from services.metriport.schemas import Sources
from services.queries.requests import TreatmentRequest
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Duplicate, Store
from services.store.tables import BulkItem, BulkRun, NetworkQuery

RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"
WAITING, STARTED, FAILED = "waiting", "started", "failed"

_ASKED_FOR_EACH = 60
"""So many ids are asked for one by one; for more, reading everybody is fewer calls."""

_SHOWN_RUNS = 20
_SAME_RUN = "pk_bulk_run"


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
        """People whose turn is over."""
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
        """Which of the ids upstream does not know, in steps that show how far it is.

        Yields how many people were looked at and which ids are still unknown; the last pair is the
        answer. Notes the check in the access log. Raises an `UpstreamError`.
        """
        self._audit.require(actor, Permission.QUERIES_START)
        self._audit.note(actor, "bulk.check", details={"people": len(ids)})
        missing = set(ids)
        if len(missing) > _ASKED_FOR_EACH:
            yield from self._compare_with_everybody(missing)
            return
        for number, patient_id in enumerate(list(ids), start=1):
            if self._knows(patient_id):
                missing.discard(patient_id)
            yield number, missing

    def _compare_with_everybody(self, missing: set[str]) -> Iterator[tuple[int, set[str]]]:
        people = len(missing)
        for number, patient in enumerate(self._client.iter_patients(), start=1):
            missing.discard(patient.id)
            if number % 500 == 0:
                yield number, missing
            if not missing:
                break
        yield people, missing

    def new_id(self) -> str:
        """An id for a run that a dialog prepares: beginning twice with it begins one run."""
        return new_id(self._clock())

    def begin(
        self, actor: Actor, run_id: str, ids: Sequence[str], request: TreatmentRequest
    ) -> None:
        """Write a run down; the background starts its queries, each person's with this `request`.

        Raises `InvalidInput`. The same `run_id` again changes nothing.
        """
        self._audit.require(actor, Permission.QUERIES_START)
        request.check()
        if not ids:
            raise InvalidInput("The list holds no patient id.")
        run = _make_run(actor, run_id, len(ids), request, self._clock())
        try:
            self._write_run(actor, run, ids)
        except Duplicate as error:
            # Any other duplicate would be a fault: it must not pass for "begun already".
            if error.constraint != _SAME_RUN:
                raise

    def _write_run(self, actor: Actor, run: BulkRun, ids: Sequence[str]) -> None:
        details = {"people": len(ids), "sources": Sources.model_validate(run.sources).types}
        with self._store.write() as session:
            session.add(run)
            # Items refer to their run, and a second run with this id ends here.
            session.flush()
            session.add_all(
                BulkItem(
                    run_id=run.id,
                    patient_id=patient_id,
                    query_id=new_id(run.created_at),
                    status=WAITING,
                )
                for patient_id in ids
            )
            self._audit.append(session, actor, "bulk.start", of=("bulk", run.id), details=details)

    def stop(self, actor: Actor, run_id: str) -> None:
        """Start no more queries of a run; those that run go on. Raises `NotInLog`."""
        self._switch(actor, run_id, RUNNING, STOPPED, "bulk.stop")

    def resume(self, actor: Actor, run_id: str) -> None:
        """Go on with the people whose turn has not come. Raises `NotInLog`."""
        self._switch(actor, run_id, STOPPED, RUNNING, "bulk.resume")

    def runs(self, actor: Actor, wanted: str | None = None) -> list[BulkProgress]:
        """The runs begun last, newest first; with an id, that run alone, if the log has it."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        newest = select(BulkRun).order_by(col(BulkRun.created_at).desc(), col(BulkRun.id).desc())
        newest = newest.limit(_SHOWN_RUNS)
        if wanted:
            newest = newest.where(col(BulkRun.id) == wanted)
        with self._store.read() as session:
            runs = session.exec(newest).all()
            counts = _count_items(session, [run.id for run in runs])
        return [
            BulkProgress(run, counts.get((run.id, STARTED), 0), counts.get((run.id, FAILED), 0))
            for run in runs
        ]

    def results(self, actor: Actor, run_id: str, most: int = 100) -> list[BulkResult]:
        """The people of a run in the order of the list; at most the first `most` of them."""
        self._audit.require(actor, Permission.QUERIES_VIEW)
        self._audit.look(actor, "bulk.view", of=("bulk", run_id))
        with self._store.read() as session:
            # Items were written in the order of the list, and their keys count up.
            ordered = select_results(run_id).order_by(col(BulkItem.id))
            rows = session.exec(ordered.limit(most)).all()
        return [BulkResult(item, query) for item, query in rows]

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
            # A second click, or one on a page that is old, changes nothing.
            if run.status == before:
                run.status, run.setbacks = after, 0
                if after == RUNNING:
                    _take_over(run, actor)
                run.not_before = run.stop_reason = None
                session.add(run)
            self._audit.append(session, actor, action, of=("bulk", run_id))


def select_results(run_id: str) -> Any:
    """A select of the people of a run, each with their query or None, in no order."""
    return (
        select(BulkItem, NetworkQuery)
        .where(col(BulkItem.run_id) == run_id)
        .join(NetworkQuery, col(NetworkQuery.id) == col(BulkItem.query_id), isouter=True)
    )


def _make_run(
    actor: Actor, run_id: str, people: int, request: TreatmentRequest, now: datetime
) -> BulkRun:
    return BulkRun(
        id=run_id,
        created_by_id=actor.id,
        created_by=actor.name,
        role=actor.role.value,
        session_id=actor.session,
        created_at=now,
        status=RUNNING,
        facility_id=request.facility_id,
        sources=request.sources.model_dump(),
        reason=request.reason,
        ticket=request.ticket or None,
        total=people,
    )


def _take_over(run: BulkRun, actor: Actor) -> None:
    """From now on the run's queries are started in the place of `actor`, who answers for them."""
    run.created_by_id, run.created_by = actor.id, actor.name
    run.role, run.session_id = actor.role.value, actor.session


def _count_items(session: Session, run_ids: Collection[str]) -> dict[tuple[str, str], int]:
    wanted = select(BulkItem.run_id, BulkItem.status, func.count())
    wanted = wanted.where(col(BulkItem.run_id).in_(run_ids))
    rows = session.exec(wanted.group_by(col(BulkItem.run_id), col(BulkItem.status))).all()
    return {(run_id, status): number for run_id, status, number in rows}
