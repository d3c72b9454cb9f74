"""Whatever upstream says: no row waits, no exception leaves its tree, nothing breaks a reader.

A short sample runs with the other tests; `pytest tests/adversarial --hypothesis-profile=long` tries
thousands.
"""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from services.diagnosis.cases import Cases
from services.errors import AccessDeskError
from services.lookup.timeline import Timeline
from services.metriport.schemas import Patient
from services.metriport.signature import sign
from services.outcomes.outcomes import Outcomes, OutcomeView
from services.outcomes.periods import period_of
from services.queries.filters import QueryFilters
from services.queries.updates import QUERY_ID_KEY
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import NetworkQuery, WebhookEvent
from services.vault import Vault
from services.webhooks.delivery_status import DeliveryStatusMonitor
from services.webhooks.filters import WebhookFilters
from services.webhooks.inbox import Inbox
from tests.adversarial.odd import almost
from tests.clock import FakeClock
from tests.staff_members import make_actor
from tests.world import ENDED, LIMITS, PATIENT, World

ADMIN = make_actor("Alex Admin", Role.ADMIN)
SOURCES = [
    {"type": "hie", "status": "processing", "startedAt": ENDED},
    {"type": "pharmacy", "status": "completed", "completedAt": ENDED, "source": "surescripts"},
]
ERRORS = [{"source": "lab", "httpStatus": 429, "message": "slow down", "timestamp": ENDED}]
STATUS = {"requestId": "r-1", "status": "processing", "startedAt": ENDED, "sources": SOURCES,
          "errors": ERRORS}  # fmt: skip
META = {"messageId": "m-1", "requestId": "r-1", "when": ENDED, "type": "x", "data": {"a": "b"}}
SOURCE = {"type": "hie", "status": "completed", "completedAt": ENDED, "source": "carequality"}
MESSAGES = [
    {"meta": META | {"type": "network-query.hie"},
     "payload": {"patientId": PATIENT, "source": SOURCE, "purposeOfUse": "ias"}},
    {"meta": META | {"type": "ias.identity.verified"},
     "payload": {"patientId": PATIENT, "proofedIdentityId": "pid_1", "sessionId": "ids_1"}},
    {"meta": META | {"type": "medical.consolidated-data"},
     "patients": [{"patientId": PATIENT, "status": "completed", "bundle": {"entry": []}}]},
    {"meta": META | {"type": "ping"}, "ping": "x"},
]  # fmt: skip
# The log is shared by all examples, as in life; each only adds to it.
SHARED = settings(
    suppress_health_check=list(HealthCheck), max_examples=settings.default.max_examples // 4
)


class Adversary(World):
    """A world with every reader of the log, whose upstream answers `body`."""

    body: Any = STATUS

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answer = lambda _: httpx.Response(200, content=json.dumps(self.body))
        monitor = DeliveryStatusMonitor(self.client, self.clock)
        self.inbox = Inbox(self.store, self.audit, Vault(["k"]))
        self.cases = Cases(
            self.store, self.client, self.audit, LIMITS, monitor, self.drift, self.clock
        )
        self.timeline = Timeline(self.store, self.audit, self.clock)
        self.outcomes = Outcomes(self.store, self.audit)

    def read_everything(self, patient_id: str = PATIENT) -> None:
        """What the pages read; nothing may raise."""
        person = Patient(id=patient_id)
        self.cases.diagnose(ADMIN, [person])
        self.timeline.of_patient(ADMIN, patient_id)
        self.identity.of_person(ADMIN, patient_id)
        for row in self.queries.search(ADMIN, QueryFilters()).rows[:3]:
            self.timeline.of_query(ADMIN, row.query.id)
        for event in self.inbox.search(ADMIN, WebhookFilters(), None).rows[:3]:
            self.inbox.open(ADMIN, event.id)
        now = self.clock()
        today = OutcomeView(period_of(1, now, ZoneInfo("UTC")), "hour", ZoneInfo("UTC"))
        self.outcomes.status(ADMIN, today)
        self.outcomes.sources(ADMIN, today)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> Iterator[Adversary]:
    adversary = Adversary(store, clock)
    yield adversary
    assert adversary.interpreter.interpret_waiting() == 0


@SHARED
@given(message=st.sampled_from(MESSAGES).flatmap(almost))
def test_webhooks(world: Adversary, message: Any) -> None:
    world.clock.forward(seconds=1)
    raw = json.dumps(message).encode()
    world.webhooks.receive(raw, sign("hook", raw))
    world.interpreter.interpret_waiting()
    with world.store.read() as session:
        waiting = select(WebhookEvent).where(WebhookEvent.status == "received")
        assert session.exec(waiting).all() == []
    world.read_everything()


@SHARED
@given(start=almost(STATUS), reading=almost(STATUS), update=almost(MESSAGES[0]))
def test_answers(world: Adversary, start: Any, reading: Any, update: Any) -> None:
    world.clock.forward(seconds=1)
    world.body = start
    query = world.start()
    assert query.status != "submitting"
    world.hear_raw(_named(update, query.id))
    world.body = reading
    world.clock.forward(minutes=20)
    world.reconciler.step()
    world.read_everything()


@SHARED
@given(answer=almost({"patients": [{"id": PATIENT, "firstName": "Jane", "dob": "1996-02-10",
                                    "address": [{"city": "X", "zip": "1"}]}],
                      "facilities": [{"id": "f"}], "total": 3, "resources": {"Condition": 3},
                      "requestId": "c-1", "status": "completed"}))  # fmt: skip
def test_other_reads(world: Adversary, answer: Any) -> None:
    world.clock.forward(minutes=10)
    world.body = answer
    reads = [
        lambda: world.patients.search(ADMIN, "jane"),
        lambda: world.patients.facilities(ADMIN),
        lambda: world.patients.open(ADMIN, PATIENT),
        lambda: world.records.fetch(ADMIN, PATIENT),
        lambda: world.link_sender.send_verification(ADMIN, PATIENT),
    ]
    for read in reads:
        try:
            read()
        except AccessDeskError:
            continue
    world.clock.forward(minutes=20)
    world.reconciler.step()
    with world.store.read() as session:
        due = select(NetworkQuery).where(NetworkQuery.next_check_at <= world.clock())
        assert session.exec(due).all() == []


def _named(update: Any, query_id: str) -> Any:
    """The update with our query's id in its metadata, where there is a place for it."""
    meta = update.get("meta") if isinstance(update, dict) else None
    if isinstance(meta, dict):
        meta["data"] = {QUERY_ID_KEY: query_id}
    return update
