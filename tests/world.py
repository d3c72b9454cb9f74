"""Every service over one log, with an upstream that does what a test says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlmodel import select

from services.aal2_sessions import Aal2Sessions
from services.access import Actor, Role
from services.access_state import Limits
from services.audit import Audit
from services.identity import IndividualAccess
from services.metriport.client import MetriportClient
from services.metriport.schemas import Sources
from services.metriport.signature import sign
from services.metriport.transport import Transport
from services.patient_links import PatientLinks
from services.patients import Patients
from services.queries import Queries
from services.query_requests import REASONS, TreatmentRequest
from services.query_starts import QueryStarts
from services.reconciler import Reconciler
from services.records import Records
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource
from services.upstream_calls import UpstreamCalls
from services.vault import Vault
from services.webhooks import Webhooks
from tests.clock import FakeClock

PUBLIC_URL = "https://us.test"
SUPPORT = Actor("Sam Support", Role.SUPPORT)
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
        self.calls = UpstreamCalls(self.store)
        transport = Transport(http, self.calls.record, self.clock, lambda _: None)
        self.client = MetriportClient(transport, "https://up.test")
        self.audit = Audit(self.store, self.clock)
        self.patients = Patients(self.client, self.audit, self.clock)
        self.queries = Queries(self.store, self.audit, self.calls)
        vault = Vault(["k"])
        self.aal2 = Aal2Sessions(vault, LIMITS)
        self.links = PatientLinks(self.store, vault, self.aal2, ["k"], self.clock)
        self.identity = IndividualAccess(
            self.store,
            self.client,
            self.audit,
            self.links,
            self.aal2,
            "https://us.test",
            self.clock,
        )
        self.query_starts = QueryStarts(self.store, self.client, self.audit, self.aal2, self.clock)
        self.records = Records(self.store, self.client, self.audit, self.clock)
        self.webhooks = Webhooks(self.store, vault, "hook", self.clock)
        self.reconciler = Reconciler(self.store, self.client, self.clock)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

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
        raw = json.dumps(body).encode()
        assert self.webhooks.receive(raw, sign("hook", raw)).rejection is None
        self.webhooks.interpret_waiting()


def answers(status: str, **sources: str) -> Callable[[httpx.Request], httpx.Response]:
    rows = [
        {"type": kind, "status": state, "startedAt": ENDED, "completedAt": ENDED}
        for kind, state in sources.items()
    ]
    return lambda _: httpx.Response(
        200, json={"requestId": "r-1", "status": status, "sources": rows}
    )


def raises(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer
