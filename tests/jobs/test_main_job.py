"""The main job over the real sandbox: started once, followed to its end, whatever goes wrong."""

import time
from typing import Any

import pytest

from services.calls.call_log import CallFilters
from services.desk import Desk
from services.ids import new_id
from services.metriport.schemas import Sources
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryRow
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from services.store.tables import WebhookEvent
from services.webhooks.filters import WebhookFilters
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
ALL = Sources(hie=True, pharmacy=True, lab=True)


def _somebody(desk: Desk, position: int) -> str:
    """The id of one of the people whom nothing is the matter with."""
    return desk.patients.search(SUPPORT, "-opted").patients[position].id


def _start(desk: Desk, patient_id: str, query_id: str | None = None) -> QueryRow:
    facility = desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, ALL, REASONS[0], "SUP-1")
    query = desk.query_starts.start(SUPPORT, query_id or desk.query_starts.new_id(), request)
    return desk.queries.open(SUPPORT, query.id)


def _ended(desk: Desk, query_id: str, seconds: float = 15) -> QueryRow:
    """The query once nothing more is expected of it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = desk.queries.open(SUPPORT, query_id)
        if row.query.next_check_at is None:
            return row
        time.sleep(0.05)
    raise AssertionError(f"still {row.query.status}")


def _starts_seen(desk: Desk) -> int:
    """How many network query starts reached the sandbox."""
    seen: list[dict[str, Any]] = desk.http.get("/_control/requests").json()["requests"]
    return sum(one["method"] == "POST" and one["path"].endswith("/network/query") for one in seen)


def _webhooks(desk: Desk, request_id: str | None) -> list[WebhookEvent]:
    page = desk.inbox.search(SUPPORT, WebhookFilters(about=request_id), None)
    return list(page.rows)


def _fault(desk: Desk, **fault: object) -> None:
    desk.http.post("/_control", json={"fault": fault}).raise_for_status()


def test_a_query_runs_to_its_end_by_webhooks(running_desk: Desk) -> None:
    row = _start(running_desk, _somebody(running_desk, 1))
    assert row.query.status == "processing"
    ended = _ended(running_desk, row.query.id)
    messages = _webhooks(running_desk, ended.query.request_id)
    calls = running_desk.call_log.search(SUPPORT, CallFilters(about=row.query.id)).rows
    assert ended.query.status in {"completed", "partial", "failed"}
    assert {source.type for source in ended.sources} == {"hie", "lab", "pharmacy"}
    assert {message.type for message in messages} >= {"network-query.hie", "network-query.lab"}
    assert all(message.status == "processed" for message in messages)
    assert calls[-1].method == "POST"


def test_the_same_start_twice_is_one_start(running_desk: Desk) -> None:
    patient_id, query_id = _somebody(running_desk, 2), running_desk.query_starts.new_id()
    before = _starts_seen(running_desk)
    first = _start(running_desk, patient_id, query_id)
    second = _start(running_desk, patient_id, query_id)
    assert first.query.id == second.query.id
    assert _starts_seen(running_desk) == before + 1


@pytest.mark.parametrize("kind", ["drop_answer", "half_body", "html"])
def test_a_start_without_an_answer_is_settled_by_its_webhook(faulty: Desk, kind: str) -> None:
    patient_id = _somebody(faulty, 3)
    before = _starts_seen(faulty)
    faulty.http.post("/_control", json={"speed": 20}).raise_for_status()
    _fault(faulty, kind=kind, path="/medical/v1/network/query", times=1)
    row = _start(faulty, patient_id)
    faulty.http.post("/_control", json={"speed": 200}).raise_for_status()
    assert row.query.status in {"unconfirmed", "processing"}
    if kind == "drop_answer":
        ended = _ended(faulty, row.query.id)
        assert ended.query.status in {"completed", "partial", "failed"}
        assert ended.query.request_id
    assert _starts_seen(faulty) == before + 1
    calls = faulty.call_log.search(SUPPORT, CallFilters(about=row.query.id)).rows
    assert [call.method for call in calls].count("POST") == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, "rejected"), (403, "rejected"), (404, "rejected"), (412, "rejected"), (429, "rejected")],
)
def test_a_refused_start_is_kept_with_its_reason(faulty: Desk, status: int, expected: str) -> None:
    patient_id = _somebody(faulty, 4)
    _fault(faulty, kind="status", status=status, path="/medical/v1/network/query", times=1)
    row = _start(faulty, patient_id)
    assert (row.query.status, row.query.error_status) == (expected, status)
    assert {source.status for source in row.sources} == {"not_started"}


def test_lost_webhooks_are_made_up_for_by_status_calls(faulty: Desk) -> None:
    patient_id = _somebody(faulty, 5)
    _fault(faulty, kind="no_webhooks")
    row = _start(faulty, patient_id)
    ended = _ended(faulty, row.query.id, seconds=20)
    assert ended.query.status in {"completed", "partial", "failed"}
    assert _webhooks(faulty, ended.query.request_id) == []


def test_doubled_and_reversed_webhooks_change_nothing(faulty: Desk) -> None:
    patient_id = _somebody(faulty, 6)
    _fault(faulty, kind="double_webhooks")
    _fault(faulty, kind="reverse_webhooks")
    ended = _ended(faulty, _start(faulty, patient_id).query.id)
    assert ended.query.status in {"completed", "partial", "failed"}
    assert len(ended.sources) == 3


def test_a_query_of_somebody_else_is_taken_in(running_desk: Desk) -> None:
    patient_id = _somebody(running_desk, 7)
    answer = running_desk.http.post(
        "/medical/v1/network/query",
        params={"patientId": patient_id},
        json={"sources": ["hie", "lab"], "metadata": {"campaign": "autumn"}},
    ).json()
    until = time.monotonic() + 15
    while time.monotonic() < until:
        found = [row for row in _all_of(running_desk, patient_id) if _is(row, answer)]
        if found and found[0].query.next_check_at is None:
            break
        time.sleep(0.05)
    assert found[0].query.origin == "external"
    assert {source.type for source in found[0].sources} == {"hie", "lab"}


def test_records_are_fetched_and_counted(running_desk: Desk) -> None:
    patient_id = _somebody(running_desk, 8)
    running_desk.records.fetch(SUPPORT, patient_id)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        newest = running_desk.records.of_patient(SUPPORT, patient_id)[0]
        if newest.counted_at:
            break
        time.sleep(0.05)
    assert newest.status == "completed"
    assert newest.resource_counts and newest.resource_counts["Patient"] == 1


def test_an_unknown_query_of_the_right_form_is_nobodys(running_desk: Desk) -> None:
    unknown = new_id(running_desk.clock())
    assert all(row.query.id != unknown for row in _all_of(running_desk, unknown))


def _all_of(desk: Desk, patient_id: str) -> list[QueryRow]:
    return desk.queries.search(SUPPORT, QueryFilters(patient_id=patient_id)).rows


def _is(row: QueryRow, answer: dict[str, Any]) -> bool:
    return row.query.request_id == answer["requestId"]
