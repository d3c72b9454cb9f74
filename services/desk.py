"""The running program: every service that pages and routes use."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pydantic import SecretStr

from services.background import Worker
from services.bulk.runs import Bulk
from services.calls.call_log import CallLog
from services.calls.rate_budgets import RateBudgets
from services.clock import Clock
from services.compliance.evidence.config import EvidenceConfig
from services.compliance.ias_audit import IasAudit
from services.compliance.packets.packets import EvidencePackets
from services.compliance.reports.period_reports import PeriodReports
from services.compliance.retention.retention import Retention
from services.compliance.reviews.reviews import Reviews
from services.compliance.rights.incidents import Incidents
from services.compliance.rights.patient_rights import PatientRights
from services.diagnosis.cases import Cases
from services.errors import LogUnavailable
from services.identity.consent.consents import Consents
from services.identity.consent.imports import ConsentImports
from services.identity.drift.guard import DriftGuard
from services.identity.individual_access import IndividualAccess
from services.identity.link_sender import LinkSender
from services.identity.patient_links import PatientLinks
from services.lookup.changes import Changes
from services.lookup.finder import Finder
from services.lookup.timeline import Timeline
from services.metriport.client import MetriportClient
from services.metriport.files.downloads import Downloads
from services.metriport.transport import HttpPool
from services.operations.heartbeats import Heartbeats
from services.operations.prometheus.metrics import Metrics
from services.operations.readiness import Readiness
from services.operations.system import System
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.marking import TestPeople
from services.outcomes.adoption.step_people import StepPeople
from services.outcomes.annotations import Annotations
from services.outcomes.chart_files.chart_files import ChartFiles
from services.outcomes.goals.goals import Goals
from services.outcomes.outcomes import Outcomes
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.rollups.reading import Rollups
from services.outcomes.small_cells import SmallCells
from services.patients.corrections import Corrections
from services.patients.directory import Patients
from services.patients.search.name_reader import NameReader
from services.patients.search.patient_search import PatientSearch
from services.queries.query_log import Queries
from services.queries.starts import QueryStarts
from services.records.contents import RecordContents
from services.records.looks import RecordLooks
from services.records.record_requests import Records
from services.sandbox import Sandbox
from services.staff.access_log.log import AccessLog
from services.staff.access_log.report import AccessReports
from services.staff.access_log.review import AccessReview
from services.staff.audit import Audit
from services.staff.exports import Exports
from services.staff.proof.anchors import Anchors
from services.staff.proof.verification import Verification
from services.staff.sign_in.provider import Provider
from services.staff.sign_in.refused_sign_ins import RefusedSignIns
from services.staff.sign_in.sessions import StaffSessions
from services.staff.sign_in.sign_ins import SignIns
from services.store import Store
from services.webhooks.deliveries import Deliveries
from services.webhooks.delivery_status import DeliveryStatusMonitor
from services.webhooks.inbox import Inbox
from services.webhooks.receiver import WebhookReceiver
from services.webhooks.replay import Replays
from services.workers.anchoring import Anchoring


@dataclass(frozen=True)
class Desk:
    """Every service of the running program; pages and routes take theirs from here."""

    public_url: str
    store: Store
    http: HttpPool
    downloads: Downloads
    client: MetriportClient
    sessions: StaffSessions
    sign_ins: SignIns
    refused_sign_ins: RefusedSignIns
    provider: Provider | None
    audit: Audit
    anchors: Anchors
    verification: Verification
    access_log: AccessLog
    access_reports: AccessReports
    access_review: AccessReview
    ias_audit: IasAudit
    reviews: Reviews
    retention: Retention
    patient_rights: PatientRights
    incidents: Incidents
    packets: EvidencePackets
    period_reports: PeriodReports
    patients: Patients
    corrections: Corrections
    cases: Cases
    finder: Finder
    changes: Changes
    timeline: Timeline
    patient_search: PatientSearch
    name_reader: NameReader
    identity: IndividualAccess
    drift: DriftGuard
    link_sender: LinkSender
    links: PatientLinks
    consents: Consents
    consent_imports: ConsentImports
    queries: Queries
    exports: Exports
    query_starts: QueryStarts
    bulk: Bulk
    records: Records
    record_contents: RecordContents
    record_looks: RecordLooks
    outcomes: Outcomes
    goals: Goals
    annotations: Annotations
    people_behind: PeopleBehind
    small_cells: SmallCells
    adoption: Adoption
    chart_files: ChartFiles
    step_people: StepPeople
    test_people: TestPeople
    rollups: Rollups
    webhooks: WebhookReceiver
    inbox: Inbox
    replays: Replays
    deliveries: Deliveries
    call_log: CallLog
    rate_budgets: RateBudgets
    metrics: Metrics
    metrics_token: SecretStr
    system: System
    interpreter: Worker
    rejection_worker: Worker
    reconciler: Worker
    sweeper: Worker
    bulk_worker: Worker
    delivery_status: DeliveryStatusMonitor
    heartbeats: Heartbeats
    readiness: Readiness
    anchoring: Anchoring
    anchoring_worker: Worker
    drift_worker: Worker
    evidence_config: EvidenceConfig
    compliance_worker: Worker
    folding_worker: Worker
    clock: Clock
    sandbox: Sandbox | None
    receives_only: bool = False
    """Whether this is a process for the internet, which leaves all other work to the dashboard's.
    """

    def start(self) -> None:
        """Start the background work."""
        if not self.receives_only:
            self.heartbeats.begin()
        for worker in self._workers():
            worker.start()

    def stop(self) -> None:
        """Stop the background work, and close every connection."""
        for worker in self._workers():
            worker.stop()
        self.webhooks.stop()
        # Refused requests of the last minute are counted in memory only. A log that does not answer
        # must not keep the program from ending.
        with suppress(LogUnavailable):
            self.webhooks.rejections.write_counts(at_end=True)
        if not self.receives_only:
            self.anchoring.anchor_at_stop()
        self.http.close()
        self.downloads.close()
        self.store.close()

    def is_ready(self) -> bool:
        """Whether the log is migrated and takes writes, with room on the disk.

        Raises `LogUnavailable`.
        """
        return self.readiness.is_ready()

    def _workers(self) -> list[Worker | Sandbox]:
        if self.receives_only:
            return [self.rejection_worker]
        workers: list[Worker | Sandbox] = [
            self.rejection_worker,
            self.interpreter,
            self.reconciler,
            self.sweeper,
            self.anchoring_worker,
            self.drift_worker,
            self.compliance_worker,
            self.folding_worker,
            self.bulk_worker,
            self.delivery_status.worker,
            self.name_reader.worker,
        ]
        return workers if self.sandbox is None else [self.sandbox, *workers]


_running: Desk | None = None


def desk() -> Desk:
    """The running program; raises `RuntimeError` before its start and after its end."""
    if _running is None:
        raise RuntimeError("Access Desk is not running")
    return _running


@contextmanager
def running(built: Desk) -> Iterator[Desk]:
    """Start `built` and let `desk()` answer it until the block ends; then stop it."""
    global _running
    before = _running
    built.start()
    _running = built
    try:
        yield built
    finally:
        _running = before
        built.stop()
