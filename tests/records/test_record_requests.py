"""Consolidated data: a request is followed until its resources are counted."""

import json

import httpx

from services.metriport.signature import sign
from tests.world import PATIENT, SUPPORT, World


def test_records_are_followed_and_counted(world: World) -> None:
    started = {"requestId": "c-1", "status": "processing"}
    world.answer = lambda _: httpx.Response(200, json=started)
    row = world.records.fetch(SUPPORT, PATIENT)
    assert (row.status, row.request_id) == ("processing", "c-1")
    patients = [{"patientId": PATIENT, "status": "completed"}]
    meta = {"messageId": "m", "requestId": "c-1", "type": "medical.consolidated-data"}
    body = json.dumps({"meta": meta, "patients": patients}).encode()
    world.webhooks.receive(body, sign("hook", body))
    world.interpreter.interpret_waiting()
    counts = {"total": 3, "resources": {"Condition": 3}}
    world.answer = lambda _: httpx.Response(200, json=counts)
    world.reconciler.step()
    (counted,) = world.records.of_patient(SUPPORT, PATIENT)
    assert (counted.status, counted.resource_counts) == ("completed", {"Condition": 3})
    assert counted.next_check_at is None
