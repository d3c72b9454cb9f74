import time
from typing import Any

import httpx
import pytest

from services.ids import is_uuid
from services.sandbox import Sandbox
from tests.clock import FakeClock
from tests.sandbox.stage import Receiver

CONTROL = "/_control"
FACILITIES = "/medical/v1/facility"
QUERIES = "/medical/v1/network/query"
API_PATHS = [FACILITIES, "/medical/v1/patient/x", "/settings", "/settings/webhook", "/nowhere"]
BOTH = [*API_PATHS, CONTROL, f"{CONTROL}/requests"]


def fault(api: httpx.Client, **given: Any) -> None:
    assert api.post(CONTROL, json={"fault": given}).status_code == 200


def seen(api: httpx.Client) -> list[tuple[str, str, int]]:
    requests = api.get(f"{CONTROL}/requests").json()["requests"]
    return [(one["method"], one["path"], one["status"]) for one in requests]


# The key and the envelope


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("key", ["", "Sandbox", "sandbox1", "é"])
def test_a_wrong_key_is_refused_by_the_gateway(api: httpx.Client, path: str, key: str) -> None:
    answer = api.get(path, headers={b"x-api-key": key.encode()})
    assert answer.status_code == 403
    assert answer.json() == {"message": "Forbidden"}


def test_a_missing_key_is_refused_before_anything_else(api: httpx.Client) -> None:
    fault(api, kind="status", status=500)
    request = api.build_request("POST", "/settings", content=b"not json")
    del request.headers["x-api-key"]
    answer = api.send(request)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    assert seen(api) == []


@pytest.mark.parametrize("path", API_PATHS)
def test_every_answer_has_its_own_request_id(api: httpx.Client, path: str) -> None:
    ids = {api.get(path).headers["x-metriport-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(is_uuid(one) for one in ids)


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/medical/v1", 404, "NOT_FOUND"),
        ("GET", f"{FACILITIES}/", 404, "NOT_FOUND"),
        ("GET", "/medical/v1/patient/match", 404, "NOT_FOUND"),
        ("DELETE", "/medical/v1/patient", 405, "METHOD_NOT_ALLOWED"),
        ("PATCH", "/settings", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_does_not_exist_is_answered_in_the_envelope(
    api: httpx.Client, method: str, path: str, status: int, name: str
) -> None:
    answer = api.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"status", "name", "title", "detail"}
    assert (answer.json()["status"], answer.json()["name"]) == (status, name)


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"{",
        b'{"sources": NaN}',
        b"\xff\xfe",
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b"5",
        b'"text"',
        b"[]",
        b"9" * 5000,
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(api: httpx.Client, raw: bytes) -> None:
    answer = api.post(QUERIES, params={"patientId": "x"}, content=raw)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("body: ")


def test_a_body_that_is_too_large_is_refused(api: httpx.Client) -> None:
    assert api.post(QUERIES, content=b" " * (1024 * 1024 + 1)).status_code == 400


# Faults


def test_a_status_fault_happens_once_unless_told_otherwise(api: httpx.Client) -> None:
    fault(api, kind="status", status=503)
    answers = [api.get(FACILITIES) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].json()["name"] == "SERVICE_UNAVAILABLE"


def test_a_fault_keeps_to_its_path_and_times(api: httpx.Client) -> None:
    fault(api, kind="status", path="/medical/v1/network", times=2)
    assert api.get(FACILITIES).status_code == 200
    assert [api.get(f"{QUERIES}/x").status_code for _ in range(3)] == [500, 500, 404]


def test_faults_of_several_kinds_follow_each_other(api: httpx.Client) -> None:
    fault(api, kind="status", status=500)
    fault(api, kind="html")
    assert [api.get(FACILITIES).status_code for _ in range(3)] == [500, 502, 200]


def test_html_comes_from_something_in_between(api: httpx.Client) -> None:
    fault(api, kind="html", status=200)
    answer = api.get(FACILITIES)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_slow_waits_before_the_request_is_carried_out(api: httpx.Client) -> None:
    fault(api, kind="slow", seconds=0.2)
    before = time.monotonic()
    assert api.get(FACILITIES).status_code == 200
    assert time.monotonic() - before >= 0.2


def test_half_a_body_breaks_off(api: httpx.Client) -> None:
    fault(api, kind="half_body")
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        api.get(FACILITIES)


def test_a_dropped_answer_was_carried_out(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver, clock: FakeClock, people: Any
) -> None:
    fault(api, kind="drop_answer", path=QUERIES)
    patient_id = people[0].patient["id"]
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        api.post(QUERIES, params={"patientId": patient_id}, json={"sources": ["lab"]})
    assert [one for one in seen(api) if one[1] == QUERIES] == [("POST", QUERIES, 200)]
    clock.forward(seconds=30)
    assert sandbox.advance() == 1
    assert receiver.types == ["network-query.lab"]


@pytest.fixture
def running(api: httpx.Client, receiver: Receiver, people: Any) -> Receiver:
    """The receiver of a query's webhooks, which are not due yet."""
    body = {"sources": ["pharmacy", "lab"]}
    api.post(QUERIES, params={"patientId": people[0].patient["id"]}, json=body)
    return receiver


def test_webhooks_can_be_dropped(
    api: httpx.Client, sandbox: Sandbox, running: Receiver, clock: FakeClock
) -> None:
    fault(api, kind="no_webhooks", times=1)
    clock.forward(seconds=30)
    assert sandbox.advance() == 1
    assert len(running.deliveries) == 1


def test_webhooks_can_come_twice(
    api: httpx.Client, sandbox: Sandbox, running: Receiver, clock: FakeClock
) -> None:
    fault(api, kind="double_webhooks")
    clock.forward(seconds=30)
    assert sandbox.advance() == 2
    first, again, third, fourth = running.deliveries
    assert first == again != third == fourth


def test_webhooks_can_come_in_reverse(
    api: httpx.Client, sandbox: Sandbox, running: Receiver, clock: FakeClock
) -> None:
    fault(api, kind="reverse_webhooks")
    clock.forward(seconds=30)
    sandbox.advance()
    ends = [one.body["payload"]["source"]["completedAt"] for one in running.deliveries]
    assert ends == sorted(ends, reverse=True)


# The control


def test_the_control_shows_and_clears_faults(api: httpx.Client) -> None:
    assert api.get(CONTROL).json() == {"speed": 1.0, "redirectUrls": [], "faults": []}
    fault(api, kind="double_webhooks")
    (shown,) = api.get(CONTROL).json()["faults"]
    assert (shown["kind"], shown["times"]) == ("double_webhooks", None)
    assert api.delete(CONTROL).json()["faults"] == []
    assert api.get(CONTROL).json()["faults"] == []


def test_the_control_sets_the_speed(api: httpx.Client, people: Any, clock: FakeClock) -> None:
    assert api.post(CONTROL, json={"speed": 1000}).json()["speed"] == 1000
    params = {"patientId": people[0].patient["id"]}
    begun = api.post(QUERIES, params=params, json={"sources": ["hie"]}).json()
    clock.forward(seconds=0.1)
    assert api.get(f"{QUERIES}/{begun['requestId']}").json()["status"] == "completed"


@pytest.mark.parametrize(
    "body",
    [
        {"speed": 0},
        {"speed": -1},
        {"speed": "fast"},
        {"speed": True},
        {"speed": 1e300},
        {"fault": {"kind": "earthquake"}},
        {"fault": {"kind": ["status"]}},
        {"fault": "status"},
        {"fault": {}},
        {"fault": {"kind": "status", "status": 99}},
        {"fault": {"kind": "status", "status": "500"}},
        {"fault": {"kind": "status", "times": 0}},
        {"fault": {"kind": "status", "path": 5}},
        {"fault": {"kind": "slow", "seconds": -1}},
    ],
)
def test_nonsense_changes_nothing(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post(CONTROL, json=body)
    assert answer.status_code == 400
    assert answer.json()["name"] == "BAD_REQUEST"
    assert api.get(CONTROL).json() == {"speed": 1.0, "redirectUrls": [], "faults": []}


def test_requests_are_remembered_but_not_those_to_the_control(api: httpx.Client) -> None:
    api.get(FACILITIES, params={"secret": "x"})
    api.get(CONTROL)
    api.delete("/settings")
    assert seen(api) == [("GET", FACILITIES, 200), ("DELETE", "/settings", 405)]
