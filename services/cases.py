"""Gathers from the log what a diagnosis needs, for one person or a page of them, and diagnoses."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import quantiles

from sqlmodel import Session, col, func, select

from services.access import Actor, Permission
from services.access_facts import facts_of
from services.access_state import Limits
from services.audit import Audit
from services.clock import Clock
from services.diagnosis import diagnose
from services.errors import (
    AccessDeskError,
    KeyRefused,
    OutcomeUnknown,
    Unreachable,
    UpstreamError,
    UpstreamNotFound,
)
from services.metriport.client import MetriportClient
from services.metriport.schemas import DeliveryStatus, Patient
from services.query_status import COMPLETED
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, RecordRequest, UpstreamCall
from services.verdict import Case, Health, QueryFacts, SourceFacts, Verdict

_DELIVERIES_FOR = timedelta(seconds=30)
_PACE_FOR = timedelta(minutes=10)
_PACE_ROWS = 3000
_PACE_LEAST = 20
_UPSTREAM_NEWS = timedelta(minutes=5)
"""A call that failed longer ago than this says nothing about now."""

_NO_ANSWER = ("unreachable", "no_answer", "broken")


class Cases:
    """Diagnoses people. Reads tables that other services own."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._limits = limits
        self._clock = clock
        self._deliveries: tuple[datetime, DeliveryStatus] | None = None
        self._pace: tuple[datetime, dict[str, timedelta]] | None = None

    def diagnose(self, actor: Actor, patients: Sequence[Patient]) -> dict[str, Verdict]:
        """Each person's verdict; a fixed number of statements, however many people."""
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        ids = [one.id for one in patients]
        deliveries = self._delivery_status()
        with self._store.read() as session:
            facts, queries = facts_of(session, ids), _newest_queries(session, ids)
            records = _records(session, queries)
            health = self._health(session, deliveries)
        now, usual = self._clock(), self.usual_pace()
        return {
            one.id: diagnose(
                Case(
                    now=now,
                    limits=self._limits,
                    facts=facts[one.id],
                    opted_out=bool(one.hie_opt_out),
                    query=queries.get(one.id),
                    records=records.get(one.id),
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

    def _health(self, session: Session, status: DeliveryStatus) -> Health:
        newest = session.exec(
            select(UpstreamCall).order_by(col(UpstreamCall.at).desc()).limit(1)
        ).first()
        recent = newest is not None and newest.at > self._clock() - _UPSTREAM_NEWS
        kind, at = (newest.error_kind, newest.at) if newest and recent else (None, None)
        off = status.webhook_status_detail or "off"
        return Health(
            key_refused_at=at if kind == "key_refused" else None,
            unreachable_at=at if kind in _NO_ANSWER else None,
            deliveries_failed=status.webhook_requests_failed or 0,
            deliveries_off=off if status.webhook_enabled is False else None,
        )

    def _delivery_status(self) -> DeliveryStatus:
        """Upstream's word on its deliveries; an upstream that does not say says nothing."""
        now = self._clock()
        if self._deliveries is None or self._deliveries[0] < now - _DELIVERIES_FOR:
            try:
                self._deliveries = (now, self._client.get_delivery_status())
            except UpstreamError:
                self._deliveries = (now, DeliveryStatus())
        return self._deliveries[1]


def _newest_queries(session: Session, ids: Collection[str]) -> dict[str, QueryFacts]:
    newest = select(func.max(NetworkQuery.id)).where(col(NetworkQuery.patient_id).in_(ids))
    newest = newest.group_by(col(NetworkQuery.patient_id))
    wanted = select(NetworkQuery).where(col(NetworkQuery.id).in_(newest))
    rows = session.exec(wanted).all()
    sources = _latest_sources(session, [row.id for row in rows])
    return {row.patient_id: _query(row, sources.get(row.id, {})) for row in rows}


def _latest_sources(
    session: Session, query_ids: Collection[str]
) -> dict[str, dict[str, SourceFacts]]:
    wanted = select(QuerySource).where(col(QuerySource.query_id).in_(query_ids))
    found: dict[str, dict[str, SourceFacts]] = {}
    for row in session.exec(wanted.order_by(col(QuerySource.attempt))).all():
        found.setdefault(row.query_id, {})[row.type] = SourceFacts(
            row.type, row.status, row.started_at, row.error_status, row.error_message
        )
    return found


def _query(row: NetworkQuery, sources: Mapping[str, SourceFacts]) -> QueryFacts:
    return QueryFacts(
        id=row.id,
        purpose=row.purpose,
        status=row.status,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        error_kind=row.error_kind,
        error_status=row.error_status,
        error_detail=row.error_detail,
        sources=tuple(sources.values()),
    )


def _records(session: Session, queries: Mapping[str, QueryFacts]) -> dict[str, int]:
    """The newest count of each person, where it is newer than their newest query."""
    wanted = select(RecordRequest).where(col(RecordRequest.patient_id).in_(list(queries)))
    wanted = wanted.where(col(RecordRequest.counted_at).is_not(None))
    found: dict[str, int] = {}
    for row in session.exec(wanted.order_by(col(RecordRequest.id))).all():
        ended = queries[row.patient_id].finished_at
        if row.counted_at and ended and row.counted_at >= ended:
            found[row.patient_id] = sum((row.resource_counts or {}).values())
    return found


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
