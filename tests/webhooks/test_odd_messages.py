"""Messages that are odd, poisonous, or have the id of another one: none stops those behind it."""

import json
from typing import Any

import pytest
from sqlmodel import col, select

from services.metriport.signature import sign
from services.store import Store
from services.store.tables import ProofedIdentity, QuerySource, WebhookEvent
from tests.clock import FakeClock
from tests.world import ENDED, PATIENT, World, answers


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    return World(store, clock, answers("processing", hie="processing", lab="processing"))


def _send(world: World, message: Any) -> Any:
    raw = json.dumps(message).encode()
    receipt = world.webhooks.receive(raw, sign("hook", raw))
    world.clock.forward(seconds=1)
    return receipt


def _verified(message_id: str, patient_id: str, **meta: Any) -> dict[str, Any]:
    given = {"messageId": message_id, "type": "ias.identity.verified", "when": ENDED} | meta
    payload = {"patientId": patient_id, "proofedIdentityId": f"pid_{message_id}"}
    return {"meta": given, "payload": payload}


def _events(world: World) -> list[WebhookEvent]:
    with world.store.read() as session:
        ordered = select(WebhookEvent).order_by(col(WebhookEvent.received_at))
        return list(session.exec(ordered).all())


def _identities(world: World) -> list[str]:
    with world.store.read() as session:
        return [row.patient_id for row in session.exec(select(ProofedIdentity)).all()]


POISON: list[dict[str, Any]] = [
    _verified("m1", "a\x00b"),
    _verified("m\x001", PATIENT),
    _verified("m1", "\ud800"),
    _verified("m1", PATIENT, data={"accessDeskSessionId": "\x00"}),
    _verified("m1", PATIENT, data={"accessDeskSessionId": 10**40}),
    _verified("m1", PATIENT, data=["accessDeskSessionId"]),
    _verified("m1", PATIENT, when="0001-01-01T00:00:00+14:00"),
    _verified("m1", PATIENT, when="9999-12-31T23:59:59Z"),
    _verified("m1", PATIENT, when=10**20),
    _verified("m1", PATIENT, requestId=10**40),
    _verified("m1", PATIENT, requestId="r" * 5000),
    {"meta": {"messageId": 5, "type": "network-query.\x00"}, "payload": {"patientId": "\x00"}},
    {"meta": {"messageId": "m1", "type": "medical.consolidated-data", "requestId": "\x00"},
     "patients": [{"patientId": "\x00", "status": "completed"}]},
    {"meta": {"messageId": "m1", "type": "medical.consolidated-data"}, "patients": {"a": 1}},
    {"meta": {"messageId": "m1", "type": "network-query.hie", "requestId": "r-1",
              "data": {"accessDeskQueryId": "\x00"}},
     "payload": {"patientId": "\x00", "source": {"type": "\ud800", "status": "\x00"}}},
    {"meta": {"messageId": "m1", "type": "\ud800" * 500}},
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_no_message_stops_those_behind_it(world: World, poison: dict[str, Any]) -> None:
    _send(world, poison)
    _send(world, _verified("m2", PATIENT))
    world.interpreter.interpret_waiting()
    first, second = _events(world)
    assert first.status != "received"
    assert second.status == "processed"
    assert PATIENT in _identities(world)
    assert world.interpreter.interpret_waiting() == 0


def test_messages_nested_too_deep_are_refused(world: World) -> None:
    for depth in (200, 5_000, 100_000):
        raw = b'{"meta": ' + b"[" * depth + b"]" * depth + b"}"
        receipt = world.webhooks.receive(raw, sign("hook", raw))
        assert receipt.rejection is not None


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 10**30, "soon"])
def test_an_absurd_end_is_unknown_and_said(world: World, time: Any) -> None:
    query = world.start()
    world.hear("m1", "hie", completedAt=time)
    with world.store.read() as session:
        wanted = select(QuerySource).where(QuerySource.query_id == query.id)
        source = session.exec(wanted.where(QuerySource.type == "hie")).one()
    assert (source.status, source.completed_at) == ("completed", None)
    [event] = _events(world)
    assert event.status == "processed"
    assert event.error == f"taken in, but cannot be read: completed_at: {json.dumps(time)}"


def test_another_message_under_a_known_id_is_kept_and_interpreted(world: World) -> None:
    _send(world, {"ping": "x", "meta": {"messageId": "m1", "type": "ping"}})
    _send(world, _verified("m1", PATIENT))
    _send(world, _verified("m1", PATIENT))
    world.interpreter.interpret_waiting()
    ping, verified = _events(world)
    assert (ping.type, ping.deliveries) == ("ping", 1)
    assert (verified.type, verified.deliveries) == ("ias.identity.verified", 2)
    assert (ping.message_id, verified.message_id) == ("m1", "m1")
    assert _identities(world) == [PATIENT]
