"""Reads from the log what a diagnosis needs, for one person or a page of them, and diagnoses."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import quantiles

from sqlmodel import Session, col, select

from services.clock import CLOCK_TOLERANCE, Clock
from services.diagnosis.diagnose import diagnose
from services.diagnosis.query_facts import group_by_person, read_newest_queries, read_records
from services.diagnosis.rounds import Round, round_of
from services.diagnosis.verdict import Case, Health, Verdict
from services.errors import (
    AccessDeskError,
    KeyRefused,
    OutcomeUnknown,
    Unreachable,
    UpstreamNotFound,
)
from services.identity.access_facts import facts_of
from services.identity.access_state import Limits
from services.identity.consent.consent_state import ConsentRule
from services.identity.consent.rows import consent_facts
from services.identity.drift.guard import DriftGuard
from services.metriport.client import MetriportClient
from services.metriport.schemas import Patient
from services.queries.status import COMPLETED
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import QuerySource, UpstreamCall
from services.webhooks.delivery_status import DeliveryStatusMonitor

_PACE_GOOD_FOR = timedelta(minutes=10)
_PACE_ROWS = 3000
_PACE_LEAST = 20
"""A percentile of fewer durations would be decided by chance."""

_CALLS_COUNT_FOR = timedelta(minutes=5)
"""A call that failed longer ago than this says nothing about upstream now."""

_NO_ANSWER = ("unreachable", "no_answer", "broken")
_FAILURES, _OPERATIONS = 3, 2
"""An outage: at least so many failed calls since the last success, of at least so many operations.

One call can fail by chance, and one operation can be broken by itself.
"""

_MOST_CALLS = 30

# Asked by open pages, not by the work on queries: its failure keeps nobody from their records.
_DELIVERY_STATUS_PATH = "/settings/webhook"


class Cases:
    """Diagnoses people.

    Writes nothing, and reads tables that other folders own: a diagnosis joins all of them, and
    asking each owner would take a statement for every person.
    """

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        limits: Limits,
        deliveries: DeliveryStatusMonitor,
        drift: DriftGuard,
        clock: Clock,
        consent_rule: ConsentRule = ConsentRule.OFF,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._limits = limits
        self._deliveries = deliveries
        self._drift = drift
        self._clock = clock
        self._consent_rule = consent_rule
        self._pace: tuple[datetime, dict[str, timedelta]] | None = None

    def diagnose(self, actor: Actor, patients: Sequence[Patient]) -> dict[str, Verdict]:
        """Each person's verdict, by patient id.

        The number of statements is fixed, however many people. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.PATIENTS_VIEW)
        cases = self._gather(patients)
        return {patient_id: diagnose(case) for patient_id, case in cases.items()}

    def round_of(self, actor: Actor, patient_id: str) -> Round:
        """The round of individual access that the person is in; raises `NotPermitted`."""
        self._audit.require(actor, Permission.PATIENTS_VIEW, patient_id)
        with self._store.read() as session:
            facts = facts_of(session, [patient_id])[patient_id]
            ias = read_newest_queries(session, [patient_id], ias=True)
        return round_of(facts, ias.get(patient_id), self._clock())

    def _gather(self, patients: Sequence[Patient]) -> dict[str, Case]:
        # Before the session below: the pace has a session of its own, and a pool that is used up
        # must not let a thread wait for itself.
        now, usual = self._clock(), self.usual_pace()
        ids = [patient.id for patient in patients]
        with self._store.read() as session:
            facts, health = facts_of(session, ids), self._read_health(session)
            consents = consent_facts(session, ids, now)
            ias = read_newest_queries(session, ids, ias=True)
            treatment = read_newest_queries(session, ids, ias=False)
            records = read_records(session, group_by_person(ids, ias, treatment))
            compared = self._drift.compare_all(session, facts, patients)
        return {
            patient.id: Case(
                now=now,
                limits=self._limits,
                facts=facts[patient.id],
                opted_out=bool(patient.hie_opt_out),
                ias=ias.get(patient.id),
                treatment=treatment.get(patient.id),
                records=records,
                health=health,
                usual=usual,
                drifted=compared[patient.id].drifted_fields,
                consent=consents[patient.id],
                consent_rule=self._consent_rule,
            )
            for patient in patients
        }

    def of_error(self, error: AccessDeskError) -> Verdict | None:
        """The verdict for a person whose opening raised `error`.

        None for an error that says nothing about the person or upstream, such as a database that
        does not answer.
        """
        now = self._clock()
        if isinstance(error, UpstreamNotFound):
            return diagnose(Case(now, self._limits, exists=False))
        if isinstance(error, KeyRefused):
            return diagnose(Case(now, self._limits, health=Health(key_refused_at=now)))
        if isinstance(error, (Unreachable, OutcomeUnknown)):
            return diagnose(Case(now, self._limits, health=Health(unreachable_at=now)))
        return None

    def usual_pace(self) -> Mapping[str, timedelta]:
        """The 95th percentile of the time that each source type takes, at most ten minutes old.

        A type of which the log holds fewer than twenty completed attempts is left out.
        """
        now = self._clock()
        # Two threads may both find it too old and measure it twice: that costs less than a lock
        # under which every diagnosis waits for one measurement.
        if self._pace is None or self._pace[0] < now - _PACE_GOOD_FOR:
            with self._store.read() as session:
                self._pace = (now, _measure_pace(session))
        return self._pace[1]

    def troubles(self) -> tuple[object, ...]:
        """What is wrong with upstream now: verdicts speak of it, whoever they are about."""
        with self._store.read() as session:
            health = self._read_health(session)
        return (
            health.key_refused_at is not None,
            health.unreachable_at is not None,
            abs(health.clock_off) > CLOCK_TOLERANCE,
            health.deliveries_failed,
            health.deliveries_off,
        )

    def _read_health(self, session: Session) -> Health:
        calls = _read_latest_calls(session, self._clock() - _CALLS_COUNT_FOR)
        # The key is refused for every call alike, so the newest call alone decides.
        newest = calls[0] if calls else None
        refused = newest is not None and newest.error_kind == "key_refused"
        status = self._deliveries.status()
        off_because = status.webhook_status_detail or "off"
        return Health(
            key_refused_at=newest.at if newest and refused else None,
            unreachable_at=newest.at if newest and _are_an_outage(calls) else None,
            clock_off=self._client.clock_off or timedelta(),
            deliveries_failed=status.webhook_requests_failed or 0,
            deliveries_off=off_because if status.webhook_enabled is False else None,
        )


def _read_latest_calls(session: Session, since: datetime) -> Sequence[UpstreamCall]:
    """The calls that tell whether upstream answers now, newest first."""
    wanted = select(UpstreamCall).where(col(UpstreamCall.at) >= since)
    wanted = wanted.where(col(UpstreamCall.path) != _DELIVERY_STATUS_PATH)
    newest_first = wanted.order_by(col(UpstreamCall.at).desc(), col(UpstreamCall.id).desc())
    return session.exec(newest_first.limit(_MOST_CALLS)).all()


def _are_an_outage(newest_first: Sequence[UpstreamCall]) -> bool:
    failed = list(takewhile(lambda call: call.error_kind in _NO_ANSWER, newest_first))
    return len(failed) >= _FAILURES and len({call.path for call in failed}) >= _OPERATIONS


def _measure_pace(session: Session) -> dict[str, timedelta]:
    newest = select(QuerySource.type, QuerySource.started_at, QuerySource.completed_at)
    newest = newest.where(col(QuerySource.status) == COMPLETED)
    seconds_by_type: dict[str, list[float]] = {}
    # By id, not by time: the primary key needs no sorting, and it counts up.
    for source_type, began, ended in session.exec(
        newest.order_by(col(QuerySource.id).desc()).limit(_PACE_ROWS)
    ).all():
        if began and ended:
            seconds_by_type.setdefault(source_type, []).append((ended - began).total_seconds())
    return {
        # Twenty parts have nineteen cuts between them: the last one is the 95th percentile.
        source_type: timedelta(seconds=quantiles(seconds, n=20)[-1])
        for source_type, seconds in seconds_by_type.items()
        if len(seconds) >= _PACE_LEAST
    }
