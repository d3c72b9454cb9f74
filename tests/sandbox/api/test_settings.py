from typing import Any

import httpx
import pytest

from services.metriport.schemas import AccountSettings, DeliveryStatus
from services.metriport.signature import is_valid
from services.sandbox import Sandbox
from tests.sandbox.stage import HOOK, Receiver, Stage


def settings(api: httpx.Client) -> dict[str, Any]:
    return api.get("/settings").json()


def delivery_status(api: httpx.Client) -> DeliveryStatus:
    return DeliveryStatus.model_validate(api.get("/settings/webhook").json())


def test_settings_have_an_id_a_url_and_a_key(api: httpx.Client, sandbox: Sandbox) -> None:
    found = AccountSettings.model_validate(settings(api))
    assert found.id
    assert found.webhook_url is None
    assert found.webhook_key == sandbox.webhook_key
    assert len(sandbox.webhook_key) >= 32


def test_setting_the_url_sends_a_signed_ping(
    api: httpx.Client, sandbox: Sandbox, stage: Stage
) -> None:
    stage.parts[HOOK] = receiver = Receiver()
    answer = api.post("/settings", json={"webhookUrl": stage.base_url + HOOK})
    assert answer.json() == settings(api)
    assert answer.json()["webhookUrl"] == stage.base_url + HOOK
    (ping,) = receiver.deliveries
    assert ping.type == "ping"
    assert ping.body["ping"]
    assert is_valid(sandbox.webhook_key, ping.raw, ping.signature)
    assert delivery_status(api) == DeliveryStatus(
        webhook_enabled=True,
        webhook_status_detail="OK",
        webhook_requests_processing=0,
        webhook_requests_failed=0,
    )


@pytest.mark.parametrize(
    ("receiver", "detail"),
    [
        (Receiver(pong=False), "The ping was not answered with its pong"),
        (Receiver(status=404), "Answered with status 404"),
        (Receiver(status=204), "Answered with status 204"),
    ],
)
def test_a_ping_without_its_pong_is_noted(
    api: httpx.Client, stage: Stage, receiver: Receiver, detail: str
) -> None:
    stage.parts[HOOK] = receiver
    answer = api.post("/settings", json={"webhookUrl": stage.base_url + HOOK})
    assert answer.status_code == 200
    assert delivery_status(api).webhook_enabled is False
    assert delivery_status(api).webhook_status_detail == detail


def test_clearing_and_setting_the_url_makes_a_new_key(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    before = settings(api)
    again = api.post("/settings", json={"webhookUrl": before["webhookUrl"]}).json()
    assert again == before
    for nothing in (None, ""):
        cleared = api.post("/settings", json={"webhookUrl": nothing}).json()
        assert (cleared["webhookUrl"], cleared["webhookKey"]) == (None, None)
        assert sandbox.webhook_key == ""
        assert delivery_status(api).webhook_enabled is False
    after = api.post("/settings", json={"webhookUrl": before["webhookUrl"]}).json()
    assert after["webhookKey"] == sandbox.webhook_key != before["webhookKey"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"webhookUrl": 5},
        {"webhookUrl": "not a url"},
        {"webhookUrl": "ftp://example.org"},
        {"webhookUrl": "http://"},
        {"webhookUrl": "http://[broken"},
        {"webhookUrl": ["http://example.org"]},
    ],
)
def test_what_is_no_url_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post("/settings", json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("webhookUrl: ")
    assert settings(api)["webhookUrl"] is None


def test_a_retry_with_nothing_to_deliver_is_fine(api: httpx.Client, receiver: Receiver) -> None:
    assert api.post("/settings/webhook/retry").status_code == 200
    assert receiver.deliveries == []
