from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.metriport.schemas import ConsolidatedQuery, ResourceCount
from services.sandbox import Sandbox
from tests.clock import FakeClock
from tests.sandbox.stage import Receiver

Somebody = Callable[..., dict[str, Any]]
CONSOLIDATED = "medical.consolidated-data"


@pytest.fixture
def path(somebody: Somebody) -> str:
    """Where the consolidated data of somebody without trouble is asked for."""
    return consolidated(somebody())


def consolidated(patient: dict[str, Any]) -> str:
    return f"/medical/v1/patient/{patient['id']}/consolidated"


def attachment(body: dict[str, Any]) -> dict[str, str]:
    (entry,) = body["patients"][0]["bundle"]["entry"]
    assert entry["resource"]["resourceType"] == "DocumentReference"
    return entry["resource"]["content"][0]["attachment"]


def test_a_query_completes_after_a_moment(api: httpx.Client, path: str, clock: FakeClock) -> None:
    started = api.post(f"{path}/query", params={"conversionType": "json"}).json()
    assert started | {"requestId": ""} == {
        "requestId": "",
        "status": "processing",
        "startedAt": "2026-09-14T15:30:00.000Z",
        "conversionType": "json",
    }
    one = f"{path}/query/{started['requestId']}"
    assert api.get(one).json() == started
    clock.forward(seconds=2)
    assert api.get(one).json() == started | {"status": "completed"}


def test_parameters_are_answered_back(api: httpx.Client, path: str) -> None:
    params = {
        "conversionType": "pdf",
        "resources": "Condition, Observation",
        "dateFrom": "2020-01-01",
        "dateTo": "2024-12-31",
    }
    started = api.post(f"{path}/query", params=params).json()
    assert started.items() >= (params | {"resources": "Condition,Observation"}).items()


def test_the_same_parameters_while_in_progress_are_the_same_request(
    api: httpx.Client, path: str, sandbox: Sandbox, receiver: Receiver, clock: FakeClock
) -> None:
    def request_id(**params: str) -> str:
        return api.post(f"{path}/query", params=params).json()["requestId"]

    first = request_id(conversionType="json")
    clock.forward(seconds=1)
    assert request_id(conversionType="json") == first
    assert request_id(conversionType="pdf") != first
    assert request_id(conversionType="json", resources="Condition") != first
    clock.forward(seconds=1)
    assert request_id(conversionType="json") != first
    clock.forward(seconds=5)
    assert sandbox.advance() == 4


def test_all_queries_of_a_patient_are_listed_newest_first(
    api: httpx.Client, path: str, clock: FakeClock
) -> None:
    assert api.get(f"{path}/query").json()["queries"] == []
    ids = []
    for _ in range(3):
        ids.append(api.post(f"{path}/query").json()["requestId"])
        clock.forward(seconds=3)
    listed = api.get(f"{path}/query").json()["queries"]
    assert [ConsolidatedQuery.model_validate(query).request_id for query in listed] == ids[::-1]


def test_a_query_belongs_to_its_patient(api: httpx.Client, path: str, somebody: Somebody) -> None:
    request_id = api.post(f"{path}/query").json()["requestId"]
    other = consolidated(somebody("slow"))
    assert api.get(f"{other}/query/{request_id}").status_code == 404
    assert api.get(f"{path}/query/unknown").status_code == 404


@pytest.mark.parametrize(
    ("conversion", "content_type", "begins"),
    [
        ("json", "application/json", b'{"resourceType": "Bundle"'),
        ("pdf", "application/pdf", b"%PDF-1.4"),
        ("html", "text/html", b"<!doctype html>"),
    ],
)
def test_the_webhook_brings_a_url_that_lives_for_three_minutes(
    api: httpx.Client,
    path: str,
    sandbox: Sandbox,
    receiver: Receiver,
    clock: FakeClock,
    conversion: str,
    content_type: str,
    begins: bytes,
) -> None:
    body = {"metadata": {"reason": "demo"}}
    started = api.post(f"{path}/query", params={"conversionType": conversion}, json=body).json()
    clock.forward(seconds=2)
    assert sandbox.advance() == 1
    (message,) = receiver.of(CONSOLIDATED)
    assert message["meta"]["requestId"] == started["requestId"]
    assert message["meta"]["data"] == {"reason": "demo"}
    assert message["patients"][0]["status"] == "completed"
    assert message["patients"][0]["filters"] == {"conversionType": conversion}
    found = attachment(message)
    assert found["contentType"] == content_type
    file = httpx.get(found["url"])
    assert file.headers["content-type"].split(";")[0] == content_type
    assert file.content.startswith(begins)
    clock.forward(minutes=3)
    assert httpx.get(found["url"]).status_code == 403


def test_what_was_asked_for_is_what_is_in_the_file(
    api: httpx.Client, path: str, sandbox: Sandbox, receiver: Receiver, clock: FakeClock
) -> None:
    api.post(f"{path}/query", params={"resources": "Observation", "dateFrom": "2024-01-01"})
    clock.forward(seconds=2)
    sandbox.advance()
    bundle = httpx.get(attachment(receiver.of(CONSOLIDATED)[0])["url"]).json()
    types = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert types == {"Observation"}


def test_a_url_that_was_tampered_with_is_refused(
    api: httpx.Client, path: str, sandbox: Sandbox, receiver: Receiver, clock: FakeClock
) -> None:
    api.post(f"{path}/query")
    clock.forward(seconds=2)
    sandbox.advance()
    url = httpx.URL(attachment(receiver.of(CONSOLIDATED)[0])["url"])
    later = str(int(url.params["expires"]) + 3600)
    for forged in (
        url.copy_set_param("expires", later),
        url.copy_set_param("expires", "soon"),
        url.copy_set_param("signature", "0" * 64),
        url.copy_set_param("signature", "é"),
        url.copy_remove_param("signature"),
        url.copy_with(path=url.path.replace("consolidated", "patient")),
    ):
        answer = api.get(forged)
        assert answer.status_code == 403
        assert answer.json()["name"] == "FORBIDDEN"


def test_nobody_without_records_gets_a_file(
    api: httpx.Client,
    somebody: Somebody,
    sandbox: Sandbox,
    receiver: Receiver,
    clock: FakeClock,
) -> None:
    path = consolidated(somebody("no_records"))
    assert api.get(f"{path}/count").json()["total"] == 0
    api.post(f"{path}/query")
    clock.forward(seconds=2)
    sandbox.advance()
    (message,) = receiver.of(CONSOLIDATED)
    assert message["patients"][0]["bundle"]["entry"] == []


def test_counts_are_of_each_type(api: httpx.Client, path: str) -> None:
    answer = api.get(f"{path}/count").json()
    count = ResourceCount.model_validate(answer)
    assert count.total == sum(count.resources.values()) > 10
    assert answer["filter"] == {"resources": "all"}
    params = {"resources": "Condition", "dateFrom": "2020-01-01"}
    some = api.get(f"{path}/count", params=params).json()
    assert set(some["resources"]) <= {"Condition"}
    assert some["filter"] == params


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"conversionType": "xml"}, "conversionType"),
        ({"dateFrom": "2020-02-30"}, "dateFrom"),
        ({"dateTo": "yesterday"}, "dateTo"),
        ({"resources": "Condition,,"}, "resources"),
        ({"resources": "con dition"}, "resources"),
    ],
)
def test_a_start_that_is_wrong_says_what(
    api: httpx.Client, path: str, params: dict[str, str], field: str
) -> None:
    answer = api.post(f"{path}/query", params=params)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{field}: ")


def test_metadata_is_checked_here_too(api: httpx.Client, path: str) -> None:
    assert api.post(f"{path}/query", json={"metadata": {"k": 1}}).status_code == 400
    assert api.post(f"{path}/query", json={"anything": "else"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "rest"), [("POST", "/query"), ("GET", "/query"), ("GET", "/count")]
)
def test_an_unknown_patient_is_a_404(api: httpx.Client, method: str, rest: str) -> None:
    path = consolidated({"id": "nobody"})
    assert api.request(method, path + rest).status_code == 404


def test_starts_are_limited_to_120_a_minute(api: httpx.Client, path: str, clock: FakeClock) -> None:
    answers = [api.post(f"{path}/query").status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
    clock.forward(minutes=1)
    assert api.post(f"{path}/query").status_code == 200
