"""The composition root: makes every service once, and gives each the services that it uses."""

from collections.abc import Callable

from services.addresses import SANDBOX_PATH, Addresses
from services.background import Worker
from services.bootstrap.compliance import make_compliance
from services.bootstrap.outcomes import make_counting, make_planning
from services.bootstrap.provider import make_provider
from services.bootstrap.sandbox import make_sandbox, sandbox_app
from services.bulk.runs import Bulk
from services.bulk.starts import BulkStarts
from services.calls.call_log import CallLog
from services.calls.rate_budgets import RateBudgets
from services.calls.recorder import CallRecorder
from services.clock import Clock, utc_now
from services.demo.fill import fill_log
from services.desk import Desk
from services.diagnosis.cases import Cases
from services.identity.aal2_sessions import Aal2Sessions
from services.identity.access_state import Limits
from services.identity.consent.consent_state import ConsentRule
from services.identity.consent.consents import Consents
from services.identity.consent.imports import ConsentImports
from services.identity.consent.page_consents import PageConsents
from services.identity.consent.texts import ConsentTerms, read_words
from services.identity.drift.guard import DriftGuard
from services.identity.drift.hashes import DemographicKeys
from services.identity.individual_access import IndividualAccess
from services.identity.link_sender import LinkSender
from services.identity.patient_links import PatientLinks
from services.lookup.changes import Changes
from services.lookup.finder import Finder
from services.lookup.timeline import Timeline
from services.metriport.client import MetriportClient, http_client
from services.metriport.files.addresses import origin_of
from services.metriport.files.downloads import Downloads, download_client
from services.metriport.sandbox_control import SandboxControl
from services.metriport.transport import Transport
from services.operations.disk import kept_in
from services.operations.doctor import Outside, examine
from services.operations.heartbeats import (
    ANCHORING,
    BULK,
    COMPLIANCE,
    DRIFT,
    FOLDING,
    INTERPRETER,
    RECONCILER,
    SWEEPER,
    Heartbeats,
)
from services.operations.prometheus.metrics import Metrics
from services.operations.readiness import Readiness
from services.operations.sandbox_switches import SandboxSwitches
from services.operations.system import System
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.marking import TestPeople
from services.outcomes.adoption.step_people import StepPeople
from services.outcomes.chart_files.chart_files import ChartFiles
from services.outcomes.outcomes import Outcomes
from services.patients.corrections import Corrections
from services.patients.directory import Patients
from services.patients.search.name_index import NameIndex
from services.patients.search.name_reader import NameReader
from services.patients.search.patient_search import PatientSearch
from services.private_files import make_folder
from services.queries.query_log import Queries
from services.queries.start_checks import StartChecks
from services.queries.starts import QueryStarts
from services.records.contents import RecordContents
from services.records.looks import RecordLooks
from services.records.record_requests import Records
from services.settings import Settings
from services.staff.access_log.log import AccessLog
from services.staff.access_log.report import AccessReports
from services.staff.access_log.review import AccessReview
from services.staff.audit import Audit
from services.staff.exports import Exports
from services.staff.proof.anchors import Anchors, writer_name
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verification
from services.staff.sign_in.refused_sign_ins import RefusedSignIns
from services.staff.sign_in.sessions import COOKIE, HOST_COOKIE, SessionLimits, StaffSessions
from services.staff.sign_in.sign_ins import SignIns
from services.store.opening import open_log
from services.vault import Vault
from services.webhooks.deliveries import Deliveries
from services.webhooks.delivery_status import DeliveryStatusMonitor
from services.webhooks.inbox import Inbox
from services.webhooks.interpreter import WebhookInterpreter
from services.webhooks.kept_bodies import KeptBodies
from services.webhooks.receiver import WebhookReceiver
from services.webhooks.replay import Replays
from services.workers.anchoring import Anchoring
from services.workers.drift import DriftCapture
from services.workers.reconciler import Reconciler
from services.workers.sweeper import Sweeper

__all__ = ["build", "make_ready", "sandbox_app"]


def make_ready(settings: Settings) -> None:
    """Make the folder, the secret and the log that a start needs.

    Raises `BadSettings` where one of them cannot be used.
    """
    _make_folder(settings)
    settings.secret_keys()
    read_words(settings.consent_text)
    SigningKeys(settings.signing_keys())
    open_log(settings.log_url, settings.log_setting).close()


def build(settings: Settings, port: int, clock: Clock = utc_now) -> Desk:
    """Make every service, and the log ready for use; starts no thread.

    `port` is where this process listens.

    Raises `BadSettings` where the log cannot be used, or an operator has to migrate it first.
    """
    _make_folder(settings)
    store = open_log(settings.log_url, settings.log_setting)
    here = f"http://localhost:{port}"
    public_url = settings.public_address(port)
    sandbox = make_sandbox(settings, here, public_url, clock) if settings.sandboxed else None
    base_url = here + SANDBOX_PATH if sandbox else settings.metriport_base_url
    api_key = sandbox.api_key if sandbox else settings.metriport_api_key.get_secret_value()
    http = http_client(base_url, api_key)
    calls = CallRecorder(store)
    client = MetriportClient(Transport(http, calls.record, clock), base_url)
    downloads = Downloads(download_client(), origin_of(base_url), calls.record, clock)
    limits = SessionLimits(settings.session_max_age, settings.session_max_idle)
    cookie = HOST_COOKIE if public_url.startswith("https://") else COOKIE
    sessions = StaffSessions(store, clock, limits, cookie)
    audit = Audit(store, clock, sessions)
    keys = settings.secret_keys()
    webhook_key = (
        sandbox.webhook_key if sandbox else settings.metriport_webhook_key.get_secret_value()
    )
    vault = Vault(keys)
    if sandbox is not None:
        fill_log(store, keys, sandbox, clock())
    webhooks = WebhookReceiver(store, vault, webhook_key, clock)
    interpreter = WebhookInterpreter(store, vault, clock, webhooks.let_pass)
    aal2 = Aal2Sessions(vault, Limits(settings.aal2_max_age, settings.aal2_max_idle))
    terms = _consent_terms(settings)
    asked = PageConsents(audit, terms, keys, public_url)
    links = PatientLinks(store, vault, aal2, keys, clock, asked)
    identity = IndividualAccess(store, audit, aal2.limits, clock, terms.rule)
    names = NameIndex(clock)
    patients = Patients(client, audit, names, clock)
    call_log = CallLog(store, audit, clock)
    rate_budgets = RateBudgets(store, audit, clock)
    demographic_keys = DemographicKeys(keys)
    drift = DriftGuard(store, audit, demographic_keys)
    checks = StartChecks(store, client, drift, aal2.limits, settings.consent, clock)
    starts = QueryStarts(store, client, audit, aal2, checks, clock)
    sign_ins = SignIns(store, clock, audit, sessions, vault)
    bulk = Bulk(store, client, audit, clock)
    bulk_starts = BulkStarts(store, starts, rate_budgets, clock)
    delivery_status = DeliveryStatusMonitor(client, clock)
    heartbeats = Heartbeats(store, clock)
    counting = make_counting(store)
    planning = make_planning(
        store, audit, clock, counting.rollups, settings.small_cell,
        consent=terms.rule is not ConsentRule.OFF,
    )  # fmt: skip

    def worker(name: str, step: Callable[[], int], interval: float) -> Worker:
        return Worker(name, heartbeats.noting(name, step), interval)

    signing_keys = SigningKeys(settings.signing_keys())
    anchors = Anchors(store, clock, signing_keys, writer_name(clock()))
    compliance = make_compliance(settings, store, audit, clock, vault, anchors, signing_keys)
    anchoring = Anchoring(anchors, compliance.segments, clock)
    cases = Cases(store, client, audit, aal2.limits, delivery_status, drift, clock, terms.rule)
    capture = DriftCapture(store, client, demographic_keys, clock)
    exports = Exports(store, audit, clock)
    outcomes = Outcomes(
        store, audit, settings.small_cell, clock, counting.rollups, planning.people_behind
    )
    adoption = Adoption(
        audit, counting.rollups, planning.small_cells, clock,
        consent=terms.rule is not ConsentRule.OFF,
    )  # fmt: skip
    return Desk(
        public_url=public_url,
        store=store,
        http=http,
        downloads=downloads,
        client=client,
        sessions=sessions,
        sign_ins=sign_ins,
        refused_sign_ins=RefusedSignIns(store, audit, clock),
        provider=make_provider(settings, Addresses(public_url), vault, clock),
        audit=audit,
        anchors=anchors,
        verification=Verification(store, audit, signing_keys),
        access_log=AccessLog(store, audit),
        access_reports=AccessReports(store, client, audit, clock),
        access_review=AccessReview(store, audit, clock),
        ias_audit=compliance.ias_audit,
        reviews=compliance.reviews,
        retention=compliance.retention,
        patient_rights=compliance.patient_rights,
        incidents=compliance.incidents,
        packets=compliance.packets,
        period_reports=compliance.period_reports,
        patients=patients,
        corrections=Corrections(client, audit, names, clock),
        timeline=Timeline(store, audit, clock),
        finder=Finder(store, client, audit, names.ids_ending),
        cases=cases,
        changes=Changes(store, audit, cases.troubles, keys),
        delivery_status=delivery_status,
        heartbeats=heartbeats,
        readiness=Readiness(store, kept_in(settings)),
        patient_search=PatientSearch(patients, identity, names, clock),
        name_reader=NameReader(client, names, clock, allowed=settings.name_index),
        identity=identity,
        link_sender=LinkSender(store, client, audit, links, aal2.limits, public_url, clock),
        links=links,
        consents=Consents(store, audit, terms, public_url, clock),
        consent_imports=ConsentImports(store, audit, terms, settings.consent_token, clock),
        queries=Queries(store, audit),
        exports=exports,
        query_starts=starts,
        bulk=bulk,
        records=Records(store, client, audit, clock),
        record_contents=RecordContents(store, client, downloads, KeptBodies(vault), audit, clock),
        record_looks=RecordLooks(store, audit, clock),
        goals=planning.goals,
        annotations=planning.annotations,
        people_behind=planning.people_behind,
        small_cells=planning.small_cells,
        outcomes=outcomes,
        adoption=adoption,
        chart_files=ChartFiles(
            exports, outcomes, adoption, planning.small_cells, clock, is_sandbox=sandbox is not None
        ),
        step_people=StepPeople(store, audit),
        test_people=TestPeople(store, audit, clock),
        rollups=counting.rollups,
        webhooks=webhooks,
        call_log=call_log,
        rate_budgets=rate_budgets,
        metrics=Metrics(
            store,
            clock,
            planning.goals,
            counting.rollups,
            planning.people_behind,
            planning.small_cells,
            rate_budgets,
        ),
        metrics_token=settings.metrics_token,
        system=System(
            audit,
            lambda: examine(settings, port, webhook_key, Outside(clock)),
            Addresses(public_url),
            SandboxSwitches(SandboxControl(http), audit) if sandbox else None,
        ),
        inbox=Inbox(store, audit, vault),
        replays=Replays(store, audit),
        deliveries=Deliveries(store, client, audit, delivery_status, clock),
        # So often, because a process for the internet cannot wake it up.
        interpreter=worker(INTERPRETER, interpreter.interpret_waiting, 1.0),
        rejection_worker=Worker("refused webhooks", webhooks.rejections.write_counts, 5.0),
        reconciler=worker(RECONCILER, Reconciler(store, client, clock).step, 1.0),
        bulk_worker=worker(BULK, bulk_starts.step, 1.0),
        sweeper=worker(SWEEPER, Sweeper(store, aal2, links, clock, sign_ins.sweep).step, 15.0),
        anchoring=anchoring,
        drift=drift,
        drift_worker=worker(DRIFT, capture.step, 2.0),
        evidence_config=compliance.evidence_config,
        folding_worker=worker(FOLDING, counting.folding.step, 2.0),
        compliance_worker=worker(COMPLIANCE, compliance.work.step, 2.0),
        anchoring_worker=worker(ANCHORING, anchoring.step, 30.0),
        clock=clock,
        sandbox=sandbox,
    )


def _consent_terms(settings: Settings) -> ConsentTerms:
    words = read_words(settings.consent_text)
    return ConsentTerms(ConsentRule(settings.consent), words, settings.consent_lasts)


def _make_folder(settings: Settings) -> None:
    if settings.needs_data_dir:
        make_folder(settings.data_dir)
