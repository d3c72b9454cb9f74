from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.ids import is_uuid
from services.metriport.schemas import NetworkQuery
from services.sandbox import Sandbox
from tests.clock import FakeClock
from tests.sandbox.stage import Receiver

QUERIES = "/medical/v1/network/query"
ALL = {"sources": ["hie", "pharmacy", "lab"]}
OPT_OUT = "The patient has opted out of HIE exchange"
NOT_ENABLED = "Access to pharmacy data source is not enabled for this account"
Somebody = Callable[..., dict[str, Any]]


@pytest.fixture
def start(api: httpx.Client) -> Callable[..., httpx.Response]:
    def post(patient: dict[str, Any], body: Any = ALL, **params: str) -> httpx.Response:
        return api.post(QUERIES, params={"patientId": patient["id"], **params}, json=body)

    return post


def statuses(query: dict[str, Any]) -> dict[str, str]:
    return {source["type"]: source["status"] for source in query["sources"]}


def test_a_query_runs_from_processing_to_completed(
    api: httpx.Client, start: Any, somebody: Somebody, clock: FakeClock
) -> None:
    begun = start(somebody()).json()
    assert is_uuid(begun["requestId"])
    assert begun["startedAt"] == "2026-09-14T15:30:00.000Z"
    assert begun["status"] == "processing"
    assert statuses(begun) == dict.fromkeys(("hie", "pharmacy", "lab"), "processing")
    assert "errors" not in begun

    path = f"{QUERIES}/{begun['requestId']}"
    assert api.get(path).json() == begun
    clock.forward(seconds=9)
    assert statuses(api.get(path).json())["pharmacy"] == "completed"
    assert api.get(path).json()["status"] == "processing"
    clock.forward(seconds=20)
    done = api.get(path).json()
    assert done["status"] == "completed"
    assert all(source["completedAt"] > source["startedAt"] for source in done["sources"])
    assert NetworkQuery.model_validate(done).errors == []


@pytest.mark.parametrize(
    ("trouble", "status", "failed"),
    [
        (None, "completed", set()),
        ("lab_fails", "partial", {"lab"}),
        ("hie_fails", "partial", {"hie"}),
        ("all_fail", "failed", {"hie", "pharmacy", "lab"}),
        ("no_records", "completed", set()),
    ],
)
def test_trouble_shows_in_the_end(
    api: httpx.Client,
    start: Any,
    somebody: Somebody,
    clock: FakeClock,
    trouble: str | None,
    status: str,
    failed: set[str],
) -> None:
    begun = start(somebody(trouble)).json()
    clock.forward(seconds=30)
    done = api.get(f"{QUERIES}/{begun['requestId']}").json()
    assert done["status"] == status
    assert {type_ for type_, one in statuses(done).items() if one == "failed"} == failed


def test_a_slow_person_takes_ten_minutes(
    api: httpx.Client, start: Any, somebody: Somebody, clock: FakeClock
) -> None:
    path = f"{QUERIES}/{start(somebody('slow')).json()['requestId']}"
    clock.forward(minutes=9, seconds=59)
    assert api.get(path).json()["status"] == "processing"
    clock.forward(seconds=1)
    assert api.get(path).json()["status"] == "completed"


def test_a_realtime_pull_is_part_of_the_pharmacy_source(
    api: httpx.Client, start: Any, somebody: Somebody, clock: FakeClock
) -> None:
    body = {"sources": {"pharmacy": {"enabled": True, "realtime": True}}}
    begun = start(somebody(), body).json()
    assert statuses(begun) == {"pharmacy": "processing"}
    clock.forward(seconds=14)
    assert api.get(f"{QUERIES}/{begun['requestId']}").json()["status"] == "completed"


@pytest.mark.parametrize(
    ("trouble", "type_", "message"),
    [("pharmacy_not_enabled", "pharmacy", NOT_ENABLED), ("opted_out", "hie", OPT_OUT)],
)
def test_a_source_that_cannot_start_stands_in_errors_of_a_2xx(
    api: httpx.Client,
    start: Any,
    somebody: Somebody,
    clock: FakeClock,
    trouble: str,
    type_: str,
    message: str,
) -> None:
    answer = start(somebody(trouble))
    assert answer.status_code == 200
    error = {
        "source": type_,
        "httpStatus": 400,
        "message": message,
        "timestamp": "2026-09-14T15:30:00.000Z",
    }
    assert answer.json()["errors"] == [error]
    assert type_ not in statuses(answer.json())
    clock.forward(minutes=1)
    done = api.get(f"{QUERIES}/{answer.json()['requestId']}").json()
    assert (done["status"], done["errors"]) == ("completed", [error])


def test_a_query_none_of_whose_sources_started_has_failed(start: Any, somebody: Somebody) -> None:
    answer = start(somebody("opted_out"), {"sources": ["hie"]})
    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    assert answer.json()["sources"] == []


def test_opting_out_and_back_in_takes_effect_at_once(
    api: httpx.Client, start: Any, somebody: Somebody
) -> None:
    patient = somebody()
    path = f"/medical/v1/patient/{patient['id']}/hie-opt-out"
    api.put(path, params={"hieOptOut": "true"})
    assert start(patient).json()["errors"][0]["message"] == OPT_OUT
    api.put(path, params={"hieOptOut": "false"})
    assert "errors" not in start(patient).json()


def test_a_revoked_treatment_relationship_is_refused_until_it_is_recorded_again(
    api: httpx.Client, start: Any, somebody: Somebody
) -> None:
    patient = somebody()
    path = f"/medical/v1/patient/{patient['id']}/treatment-relationship"
    api.put(path, params={"treatmentRelationship": "false"})
    refused = start(patient)
    assert refused.status_code == 400
    assert refused.json()["detail"] == "Patient does not have a treatment relationship"
    api.put(path, params={"treatmentRelationship": "true"})
    assert start(patient).status_code == 200


def test_each_source_has_twenty_a_minute(start: Any, somebody: Somebody, clock: FakeClock) -> None:
    patient = somebody()
    for _ in range(20):
        assert "errors" not in start(patient, {"sources": ["lab"]}).json()
    over = start(patient)
    assert over.status_code == 200
    (error,) = over.json()["errors"]
    assert (error["source"], error["httpStatus"]) == ("lab", 429)
    assert set(statuses(over.json())) == {"hie", "pharmacy"}
    clock.forward(minutes=1)
    assert "errors" not in start(patient).json()


@pytest.mark.parametrize(
    ("params", "body", "status", "detail"),
    [
        ({"patientId": ""}, ALL, 400, "patientId: is required"),
        ({"patientId": "nobody"}, ALL, 404, "Could not find patient"),
        ({"purposeOfUse": "research"}, ALL, 400, "purposeOfUse: must be one of treatment, ias"),
        ({}, {}, 400, "sources: must be an object or an array"),
        ({}, {"sources": {}}, 400, "sources: at least one source must be enabled"),
        ({}, ALL | {"metadata": {"k": 1}}, 400, None),
        ({}, [], 400, "body: must be a JSON object"),
    ],
)
def test_a_start_that_is_wrong_says_what(
    start: Any, somebody: Somebody, params: Any, body: Any, status: int, detail: str | None
) -> None:
    answer = start(somebody(), body, **params)
    assert answer.status_code == status
    assert detail is None or answer.json()["detail"] == detail


def test_individual_access_needs_its_proof(
    api: httpx.Client, start: Any, somebody: Somebody
) -> None:
    patient, proof = somebody(), {"proofedIdentityId": "pid_1"}
    without_identity = start(patient, ALL, purposeOfUse="ias")
    assert without_identity.status_code == 400
    assert without_identity.json()["detail"].startswith("proofedIdentityId: ")
    without_session = start(patient, ALL | proof, purposeOfUse="ias")
    assert without_session.status_code == 400
    assert without_session.json()["detail"].startswith("x-aal2-session: ")
    params = {"patientId": patient["id"], "purposeOfUse": "ias"}
    headers = {"x-aal2-session": "aal2_unknown"}
    unknown = api.post(QUERIES, params=params, json=ALL | proof, headers=headers)
    assert unknown.status_code == 404
    assert unknown.json()["name"] == "NOT_FOUND"


def test_an_unknown_query_is_a_404(api: httpx.Client) -> None:
    assert api.get(f"{QUERIES}/unknown").status_code == 404


def test_the_past_is_answered(api: httpx.Client, sandbox: Sandbox) -> None:
    past = sandbox.history()
    assert len(past) > 1000
    for one in past[::200]:
        if one.request_id:
            assert api.get(f"{QUERIES}/{one.request_id}").json() == one.answer


def test_a_start_over_the_limit_sends_no_webhook_for_that_source(
    start: Any, somebody: Somebody, sandbox: Sandbox, receiver: Receiver, clock: FakeClock
) -> None:
    start(somebody("pharmacy_not_enabled"), {"sources": ["pharmacy"]})
    clock.forward(minutes=1)
    assert sandbox.advance() == 0
    assert receiver.deliveries == []
