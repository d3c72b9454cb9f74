"""Every service over one log, with an upstream that does what a test says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from sqlmodel import select

from services.bulk.runs import Bulk
from services.bulk.starts import BulkStarts
from services.calls.call_log import CallLog
from services.calls.rate_budgets import RateBudgets
from services.calls.recorder import CallRecorder
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
from services.metriport.client import MetriportClient
from services.metriport.files.downloads import Downloads
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.metriport.transport import Transport
from services.outcomes.outcomes import Outcomes
from services.patients.corrections import Corrections
from services.patients.directory import Patients
from services.patients.search.name_index import NameIndex
from services.patients.search.patient_search import PatientSearch
from services.queries.query_log import Queries
from services.queries.requests import REASONS, TreatmentRequest
from services.queries.start_checks import StartChecks
from services.queries.starts import QueryStarts
from services.records.contents import RecordContents
from services.records.looks import RecordLooks
from services.records.record_requests import Records
from services.staff.audit import Audit
from services.staff.exports import Exports
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource
from services.vault import Vault
from services.webhooks.deliveries import Deliveries
from services.webhooks.delivery_status import DeliveryStatusMonitor
from services.webhooks.inbox import Inbox
from services.webhooks.interpreter import WebhookInterpreter
from services.webhooks.kept_bodies import KeptBodies
from services.webhooks.receiver import WebhookReceiver
from services.webhooks.rejections import Rejection
from services.webhooks.replay import Replays
from services.workers.drift import DriftCapture
from services.workers.reconciler import Reconciler
from services.workers.sweeper import Sweeper
from tests.clock import FakeClock
from tests.staff_members import AlwaysSignedIn, make_actor

PUBLIC_URL = "https://us.test"
CONSENT_TOKEN = "t" * 32
SUPPORT = make_actor("Sam Support", Role.SUPPORT)
PATIENT = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"
REQUEST = TreatmentRequest(PATIENT, "f-1", Sources(hie=True, lab=True), REASONS[0], "SUP-1")
LIMITS = Limits(timedelta(hours=12), timedelta(minutes=30))
ENDED = "2026-09-14T15:31:00.000Z"


@dataclass
class World:
    """Every service over one log, and the upstream's next answers."""

    store: Store
    clock: FakeClock
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(500)
    requests: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="https://up.test")
        self.calls = CallRecorder(self.store)
        transport = Transport(http, self.calls.record, self.clock, lambda _: None, self.timer)
        self.client = MetriportClient(transport, "https://up.test")
        self.staff = AlwaysSignedIn()
        self.audit = Audit(self.store, self.clock, self.staff)
        self.names = NameIndex(self.clock)
        self.patients = Patients(self.client, self.audit, self.names, self.clock)
        self.corrections = Corrections(self.client, self.audit, self.names, self.clock)
        self.queries = Queries(self.store, self.audit)
        self.exports = Exports(self.store, self.audit, self.clock)
        vault = Vault(["k"])
        self.aal2 = Aal2Sessions(vault, LIMITS)
        asks_nobody = ConsentTerms(ConsentRule.OFF, read_words(None), timedelta(days=366))
        pages = PageConsents(self.audit, asks_nobody, ["k"], PUBLIC_URL)
        self.links = PatientLinks(self.store, vault, self.aal2, ["k"], self.clock, pages)
        terms = ConsentTerms(ConsentRule.WARN, read_words(None), timedelta(days=366))
        self.consents = Consents(self.store, self.audit, terms, PUBLIC_URL, self.clock)
        self.consent_imports = ConsentImports(
            self.store, self.audit, terms, SecretStr(CONSENT_TOKEN), self.clock
        )
        self.identity = IndividualAccess(self.store, self.audit, LIMITS, self.clock)
        self.patient_search = PatientSearch(self.patients, self.identity, self.names, self.clock)
        self.link_sender = LinkSender(
            self.store, self.client, self.audit, self.links, LIMITS, PUBLIC_URL, self.clock
        )
        self.sweeper = Sweeper(self.store, self.aal2, self.links, self.clock)
        self.keys = DemographicKeys(["k"])
        self.drift = DriftGuard(self.store, self.audit, self.keys)
        self.capture = DriftCapture(self.store, self.client, self.keys, self.clock)
        self.checks = self.make_checks()
        self.query_starts = self.make_starts()
        self.records = Records(self.store, self.client, self.audit, self.clock)
        self.downloads = Downloads(
            http, ("https", "up.test", None), self.calls.record, self.clock, timer=self.timer
        )
        self.record_contents = RecordContents(
            self.store, self.client, self.downloads, KeptBodies(vault), self.audit, self.clock
        )
        self.record_looks = RecordLooks(self.store, self.audit, self.clock)
        self.webhooks = WebhookReceiver(self.store, vault, "hook", self.clock)
        self.interpreter = WebhookInterpreter(self.store, vault, self.clock)
        self.reconciler = Reconciler(self.store, self.client, self.clock, self.timer)
        self.delivery_status = monitor = DeliveryStatusMonitor(self.client, self.clock)
        self.deliveries = Deliveries(self.store, self.client, self.audit, monitor, self.clock)
        self.inbox = Inbox(self.store, self.audit, vault)
        self.replays = Replays(self.store, self.audit)
        self.cases = Cases(
            self.store, self.client, self.audit, LIMITS, monitor, self.drift, self.clock
        )
        self.changes = Changes(self.store, self.audit, self.cases.troubles, ["k"])
        self.finder = Finder(self.store, self.client, self.audit, self.names.ids_ending)
        self.timeline = Timeline(self.store, self.audit, self.clock)
        self.call_log = CallLog(self.store, self.audit, self.clock)
        self.rate_budgets = RateBudgets(self.store, self.audit, self.clock)
        self.bulk = Bulk(self.store, self.client, self.audit, self.clock)
        self.bulk_starts = BulkStarts(self.store, self.query_starts, self.rate_budgets, self.clock)
        self.outcomes = Outcomes(self.store, self.audit, clock=self.clock)

    def make_checks(self, consent: str = "warn") -> StartChecks:
        """What is checked before IAS queries; `consent` is the setting `CONSENT`."""
        return StartChecks(self.store, self.client, self.drift, LIMITS, consent, self.clock)

    def make_starts(self) -> QueryStarts:
        """The starts of queries, with the checks of this world."""
        return QueryStarts(self.store, self.client, self.audit, self.aal2, self.checks, self.clock)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answer(request)
        # As it comes over a connection: not read yet.
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    def timer(self) -> float:
        """Seconds on the world's own clock, by which its time limits are measured."""
        return self.clock().timestamp()

    def start(self) -> NetworkQuery:
        """Start a treatment query."""
        return self.query_starts.start(SUPPORT, self.query_starts.new_id(), REQUEST)

    def query(self, query_id: str) -> tuple[NetworkQuery, dict[str, str]]:
        """A query as the log has it, and its sources' states."""
        with self.store.read() as session:
            row = session.get_one(NetworkQuery, query_id)
            wanted = select(QuerySource).where(QuerySource.query_id == query_id)
            return row, {one.type: one.status for one in session.exec(wanted).all()}

    def hear(self, message_id: str, kind: str = "hie", **changes: Any) -> None:
        """Receive and interpret a webhook about one source."""
        source = {"type": kind, "status": "completed", "completedAt": ENDED} | changes
        request_id = source.pop("request_id", "r-1")
        data = source.pop("data", None)
        meta = {"messageId": message_id, "requestId": request_id, "data": data, "when": ENDED}
        payload = {"patientId": PATIENT, "consolidatedDataUrl": "", "source": source}
        body = {"meta": meta | {"type": f"network-query.{kind}"}, "payload": payload}
        assert self.hear_raw(body) is None

    def hear_raw(self, message: Any) -> Rejection | None:
        """Receive and interpret any message; why it was refused, if it was."""
        raw = json.dumps(message).encode()
        receipt = self.webhooks.receive(raw, sign("hook", raw))
        self.interpreter.interpret_waiting()
        return receipt.rejection


def answers(status: str, **sources: str) -> Callable[[httpx.Request], httpx.Response]:
    rows = [
        {"type": kind, "status": state, "startedAt": ENDED, "completedAt": ENDED}
        for kind, state in sources.items()
    ]
    return lambda _: httpx.Response(
        200, json={"requestId": "r-1", "status": status, "sources": rows}
    )


PROCESSING = answers("processing", hie="processing", lab="processing")


def raises(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer
