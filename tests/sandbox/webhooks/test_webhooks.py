from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.metriport.signature import is_valid
from services.metriport.webhook_schemas import NetworkQueryUpdate, WebhookMeta
from services.sandbox import Sandbox
from tests.clock import FakeClock
from tests.sandbox.stage import HOOK, Receiver, Stage

QUERIES = "/medical/v1/network/query"
STATUS = "/settings/webhook"
RETRY = "/settings/webhook/retry"
Somebody = Callable[..., dict[str, Any]]
Start = Callable[..., str]


@pytest.fixture
def start(api: httpx.Client) -> Start:
    """Starts a query and answers its request id."""

    def post(patient: dict[str, Any], *sources: str, **body: Any) -> str:
        asked = {"sources": list(sources or ("hie", "pharmacy", "lab"))}
        answer = api.post(QUERIES, params={"patientId": patient["id"]}, json=asked | body)
        return answer.json()["requestId"]

    return post


def failed(api: httpx.Client) -> int:
    return api.get(STATUS).json()["webhookRequestsFailed"]


def test_each_source_reports_its_end_in_the_order_they_end(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody())
    assert sandbox.advance() == 0
    clock.forward(seconds=30)
    assert sandbox.advance() == 4
    assert sorted(receiver.types) == [
        "network-query.hie",
        "network-query.hie.first-data-ready",
        "network-query.lab",
        "network-query.pharmacy",
    ]
    assert receiver.types[-1] == "network-query.hie"
    assert sandbox.advance() == 0


def test_a_webhook_is_as_documented(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    patient, metadata = somebody(), {"ticket": "42"}
    request_id = start(patient, "lab", metadata=metadata)
    clock.forward(seconds=30)
    sandbox.advance()
    (body,) = receiver.of("network-query.lab")
    meta = WebhookMeta.model_validate(body["meta"])
    assert (meta.request_id, meta.data) == (request_id, metadata)
    assert body["meta"]["when"] == "2026-09-14T15:30:30.000Z"
    assert body["payload"]["externalId"] == patient["externalId"]
    assert "purposeOfUse" not in body["payload"]
    update = NetworkQueryUpdate.model_validate(body["payload"])
    assert update.patient_id == patient["id"]
    assert (update.source.type, update.source.source) == ("lab", "quest")
    assert update.source.status == "completed"
    assert update.source.completed_at is not None


def test_first_data_of_the_hie_is_announced_half_way(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody(), "hie")
    for _ in range(25):
        clock.forward(seconds=1)
        sandbox.advance()
    early, late = (delivery.body["payload"]["source"] for delivery in receiver.deliveries)
    assert (early["status"], late["status"]) == ("processing", "completed")
    assert early["firstDataReadyAt"] < late["completedAt"]
    assert late["source"] == "national-hie"


def test_a_realtime_pull_reports_by_itself(
    sandbox: Sandbox, receiver: Receiver, api: httpx.Client, somebody: Somebody, clock: FakeClock
) -> None:
    body = {"sources": {"pharmacy": {"enabled": True, "realtime": True}}}
    api.post(QUERIES, params={"patientId": somebody()["id"]}, json=body)
    clock.forward(seconds=20)
    sandbox.advance()
    sources = [one["payload"]["source"]["source"] for one in receiver.of("network-query.pharmacy")]
    assert sources == ["surescripts", "surescripts-realtime-pulls"]


def test_a_failing_source_reports_its_failure(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody("hie_fails"), "hie")
    clock.forward(seconds=30)
    sandbox.advance()
    assert [one.body["payload"]["source"]["status"] for one in receiver.deliveries] == ["failed"]


def test_the_signature_is_over_the_raw_body(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody())
    clock.forward(seconds=30)
    sandbox.advance()
    for delivery in receiver.deliveries:
        assert is_valid(sandbox.webhook_key, delivery.raw, delivery.signature)
        assert not is_valid(sandbox.webhook_key, delivery.raw + b" ", delivery.signature)


def test_every_message_has_its_own_id(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody())
    start(somebody())
    clock.forward(seconds=30)
    sandbox.advance()
    assert len({one.body["meta"]["messageId"] for one in receiver.deliveries}) == 8


@pytest.mark.parametrize("status", [201, 301, 307, 400, 401, 500])
def test_what_is_not_answered_with_200_has_failed_and_is_not_tried_again(
    sandbox: Sandbox,
    receiver: Receiver,
    api: httpx.Client,
    start: Start,
    somebody: Somebody,
    clock: FakeClock,
    status: int,
) -> None:
    receiver.status = status
    start(somebody(), "lab")
    clock.forward(seconds=30)
    assert sandbox.advance() == 0
    assert sandbox.advance() == 0
    assert len(receiver.deliveries) == 1
    assert api.get(STATUS).json() == {
        "webhookEnabled": False,
        "webhookStatusDetail": f"Answered with status {status}",
        "webhookRequestsProcessing": 0,
        "webhookRequestsFailed": 1,
    }


def test_a_retry_delivers_the_very_same_message(
    sandbox: Sandbox,
    receiver: Receiver,
    api: httpx.Client,
    start: Start,
    somebody: Somebody,
    clock: FakeClock,
) -> None:
    receiver.status = 500
    start(somebody(), "lab")
    clock.forward(seconds=30)
    sandbox.advance()
    receiver.status = 200
    clock.forward(hours=1)
    assert api.post(RETRY).status_code == 200
    assert api.get(STATUS).json()["webhookRequestsProcessing"] == 1
    assert sandbox.advance() == 1
    first, second = receiver.deliveries
    assert first == second
    assert failed(api) == 0
    assert api.get(STATUS).json()["webhookEnabled"] is True


def test_nobody_listening_is_a_failure(
    sandbox: Sandbox, api: httpx.Client, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    api.post("/settings", json={"webhookUrl": "http://127.0.0.1:9/hook"})
    start(somebody(), "lab")
    clock.forward(seconds=30)
    assert sandbox.advance() == 0
    assert api.get(STATUS).json()["webhookStatusDetail"] == "No answer: ConnectError"


def test_without_a_url_messages_fail_and_wait_for_a_retry(
    sandbox: Sandbox,
    api: httpx.Client,
    stage: Stage,
    start: Start,
    somebody: Somebody,
    clock: FakeClock,
) -> None:
    start(somebody(), "lab")
    clock.forward(seconds=30)
    assert sandbox.advance() == 0
    assert failed(api) == 1
    stage.parts[HOOK] = receiver = Receiver()
    api.post("/settings", json={"webhookUrl": stage.base_url + HOOK})
    api.post(RETRY)
    assert sandbox.advance() == 1
    assert receiver.types == ["ping", "network-query.lab"]


def test_lost_webhooks_leave_only_polling(
    sandbox: Sandbox,
    receiver: Receiver,
    api: httpx.Client,
    start: Start,
    somebody: Somebody,
    clock: FakeClock,
) -> None:
    request_id = start(somebody("webhooks_lost"))
    clock.forward(seconds=30)
    assert sandbox.advance() == 0
    api.post(RETRY)
    assert sandbox.advance() == 0
    assert receiver.deliveries == []
    assert failed(api) == 0
    assert api.get(f"{QUERIES}/{request_id}").json()["status"] == "completed"


def test_the_consolidated_data_lies_behind_the_url_for_three_minutes(
    sandbox: Sandbox, receiver: Receiver, start: Start, somebody: Somebody, clock: FakeClock
) -> None:
    start(somebody(), "lab")
    clock.forward(seconds=30)
    sandbox.advance()
    url = receiver.deliveries[0].body["payload"]["consolidatedDataUrl"]
    clock.forward(seconds=179)
    bundle = httpx.get(url)
    assert bundle.headers["content-type"] == "application/json"
    assert bundle.json()["resourceType"] == "Bundle"
    assert len(bundle.json()["entry"]) > 10
    clock.forward(seconds=1)
    assert httpx.get(url).status_code == 403
