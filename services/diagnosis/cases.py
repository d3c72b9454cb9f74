"""Gathers from the log what a diagnosis needs, for one person or a page of them, and diagnoses."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import quantiles

from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.diagnosis.diagnose import diagnose
from services.diagnosis.verdict import Case, Health, QueryFacts, RecordsFacts, SourceFacts, Verdict
from services.errors import (
    AccessDeskError,
    KeyRefused,
    OutcomeUnknown,
    Unreachable,
    UpstreamNotFound,
)
from services.identity.access_facts import facts_of
from services.identity.access_state import Limits
from services.metriport.client import MetriportClient
from services.metriport.schemas import Patient
from services.queries.requests import IAS
from services.queries.sources import latest_attempts
from services.queries.status import COMPLETED
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, RecordRequest, UpstreamCall
from services.webhooks.delivery_status import DeliveryStatusMonitor

_PACE_FOR = timedelta(minutes=10)
_PACE_ROWS = 3000
_PACE_LEAST = 20
_UPSTREAM_NEWS = timedelta(minutes=5)
"""A call that failed longer ago than this says nothing about now."""

_NO_ANSWER = ("unreachable", "no_answer", "broken")
_FAILURES, _OPERATIONS = 3, 2
"""So many calls of so many operations failed since the last success: one alone may be unlucky."""

_LOOKED_AT = 30
_BESIDE_THE_WORK = "/settings/webhook"


class Cases:
    """Diagnoses people. Reads tables that other services own."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        limits: Limits,
        deliveries: DeliveryStatusMonitor,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._limits = limits
        self._deliveries = deliveries
        self._clock = clock
        self._pace: tuple[datetime, dict[str, timedelta]] | None = None

    def diagnose(self, actor: Actor, patients: Sequence[Patient]) -> dict[str, Verdict]:
        """Each person's verdict; a fixed number of statements, however many people."""
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        now, usual = self._clock(), self.usual_pace()
        ids = [one.id for one in patients]
        with self._store.read() as session:
            facts, health = facts_of(session, ids), self._health(session)
            ias, treatment = _newest(session, ids, ias=True), _newest(session, ids, ias=False)
            records = _records(
                session,
                {one: [q for q in (ias.get(one), treatment.get(one)) if q] for one in ids},
            )
        return {
            one.id: diagnose(
                Case(
                    now=now,
                    limits=self._limits,
                    facts=facts[one.id],
                    opted_out=bool(one.hie_opt_out),
                    ias=ias.get(one.id),
                    treatment=treatment.get(one.id),
                    records=records,
                    health=health,
                    usual=usual,
                )
            )
            for one in patients
        }

    def of_error(self, error: AccessDeskError) -> Verdict | None:
        """The verdict that an error from opening a person stands for, if it is one."""
        now = self._clock()
        if isinstance(error, UpstreamNotFound):
            return diagnose(Case(now, self._limits, exists=False))
        if isinstance(error, KeyRefused):
            return diagnose(Case(now, self._limits, health=Health(key_refused_at=now)))
        if isinstance(error, (Unreachable, OutcomeUnknown)):
            return diagnose(Case(now, self._limits, health=Health(unreachable_at=now)))
        return None

    def usual_pace(self) -> Mapping[str, timedelta]:
        """The 95th percentile of the time that each source type takes, at most ten minutes old."""
        now = self._clock()
        if self._pace is None or self._pace[0] < now - _PACE_FOR:
            with self._store.read() as session:
                self._pace = (now, _pace(session))
        return self._pace[1]

    def _health(self, session: Session) -> Health:
        calls = _latest_calls(session, self._clock() - _UPSTREAM_NEWS)
        newest = calls[0] if calls else None
        refused = newest is not None and newest.error_kind == "key_refused"
        status = self._deliveries.status()
        off = status.webhook_status_detail or "off"
        return Health(
            key_refused_at=newest.at if newest and refused else None,
            unreachable_at=newest.at if newest and _are_an_outage(calls) else None,
            clock_off=self._client.clock_off or timedelta(),
            deliveries_failed=status.webhook_requests_failed or 0,
            deliveries_off=off if status.webhook_enabled is False else None,
        )


def _latest_calls(session: Session, since: datetime) -> Sequence[UpstreamCall]:
    """The calls that say how upstream fares now, newest first."""
    wanted = select(UpstreamCall).where(col(UpstreamCall.at) >= since)
    wanted = wanted.where(col(UpstreamCall.path) != _BESIDE_THE_WORK)
    newest_first = wanted.order_by(col(UpstreamCall.at).desc(), col(UpstreamCall.id).desc())
    return session.exec(newest_first.limit(_LOOKED_AT)).all()


def _are_an_outage(newest_first: Sequence[UpstreamCall]) -> bool:
    failed = list(takewhile(lambda call: call.error_kind in _NO_ANSWER, newest_first))
    return len(failed) >= _FAILURES and len({call.path for call in failed}) >= _OPERATIONS


def _newest(session: Session, ids: Collection[str], *, ias: bool) -> dict[str, QueryFacts]:
    """Each person's newest query for individual access, or their newest other one."""
    mine = col(NetworkQuery.purpose) == IAS if ias else col(NetworkQuery.purpose) != IAS
    position = func.row_number().over(
        partition_by=col(NetworkQuery.patient_id),
        order_by=(col(NetworkQuery.submitted_at).desc(), col(NetworkQuery.id).desc()),
    )
    ranked = select(col(NetworkQuery.id), position.label("position"))
    ranked = ranked.where(col(NetworkQuery.patient_id).in_(ids), mine)
    numbered = ranked.subquery()
    newest = select(NetworkQuery).join(numbered, numbered.c.id == col(NetworkQuery.id))
    rows = session.exec(newest.where(numbered.c.position == 1)).all()
    sources = _latest_sources(session, [row.id for row in rows])
    return {row.patient_id: _query(row, sources.get(row.id, [])) for row in rows}


def _latest_sources(session: Session, query_ids: Collection[str]) -> dict[str, list[SourceFacts]]:
    wanted = select(QuerySource).where(col(QuerySource.query_id).in_(query_ids))
    by_query: dict[str, list[QuerySource]] = {}
    for row in session.exec(wanted.order_by(col(QuerySource.type), col(QuerySource.id))).all():
        by_query.setdefault(row.query_id, []).append(row)
    return {
        query_id: [_source(row) for row in latest_attempts(rows)]
        for query_id, rows in by_query.items()
    }


def _source(row: QuerySource) -> SourceFacts:
    return SourceFacts(
        row.type,
        row.status,
        row.started_at,
        row.error_status,
        row.error_message,
        row.specific_source,
    )


def _query(row: NetworkQuery, sources: Sequence[SourceFacts]) -> QueryFacts:
    return QueryFacts(
        id=row.id,
        purpose=row.purpose,
        status=row.status,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        error_kind=row.error_kind,
        error_status=row.error_status,
        error_detail=row.error_detail,
        sources=tuple(sources),
        next_check_at=row.next_check_at,
    )


def _records(
    session: Session, people: Mapping[str, Sequence[QueryFacts]]
) -> dict[str, RecordsFacts]:
    """What is known of the records of each query, from the requests after its end."""
    wanted = select(RecordRequest).where(col(RecordRequest.patient_id).in_(list(people)))
    oldest = min(
        (query.submitted_at for queries in people.values() for query in queries), default=None
    )
    if oldest is None:
        return {}
    wanted = wanted.where(col(RecordRequest.submitted_at) >= oldest)
    found: dict[str, RecordsFacts] = {}
    for row in session.exec(wanted.order_by(col(RecordRequest.submitted_at))).all():
        for query in people[row.patient_id]:
            if query.finished_at and (row.counted_at or row.submitted_at) >= query.finished_at:
                found[query.id] = _with(found.get(query.id), row)
    return found


def _with(before: RecordsFacts | None, row: RecordRequest) -> RecordsFacts:
    """The newest request, and the newest count."""
    counted = sum((row.resource_counts or {}).values()) if row.counted_at else None
    return RecordsFacts(
        resources=before.resources if counted is None and before else counted,
        status=row.status,
        asked_at=row.submitted_at,
        next_check_at=row.next_check_at,
        error_detail=row.error_detail,
    )


def _pace(session: Session) -> dict[str, timedelta]:
    newest = select(QuerySource.type, QuerySource.started_at, QuerySource.completed_at)
    newest = newest.where(col(QuerySource.status) == COMPLETED)
    took: dict[str, list[float]] = {}
    for kind, began, ended in session.exec(
        newest.order_by(col(QuerySource.id).desc()).limit(_PACE_ROWS)
    ).all():
        if began and ended:
            took.setdefault(kind, []).append((ended - began).total_seconds())
    return {
        kind: timedelta(seconds=quantiles(seconds, n=20)[-1])
        for kind, seconds in took.items()
        if len(seconds) >= _PACE_LEAST
    }
