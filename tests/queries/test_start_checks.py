"""What is checked before an IAS query spends its AAL2 session, and what the log keeps of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from services.errors import (
    Drifted,
    InvalidInput,
    KeyRefused,
    NotReady,
    UpstreamError,
    UpstreamNotFound,
)
from services.identity.access_state import Aal2State
from services.identity.drift.guard import DriftGuard
from services.identity.drift.hashes import DemographicKeys
from services.metriport.schemas import Sources
from services.queries.requests import DRIFT_REASONS, IasRequest
from services.staff.reasons import OTHER_REASON
from services.store.tables import AuditEvent, NetworkQuery, StartCheck
from tests.identity.drift.records import HOME, PAST
from tests.identity.stage import IAS, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises

REASON = DRIFT_REASONS[0]
WITH_REASON = replace(IAS, drift_reason=REASON, drift_seen=("address",))


@pytest.fixture
def captured(ready: Stage) -> Stage:
    """Everything is in place for an IAS query, and the record of the proofing is known."""
    assert ready.capture.step() == 1
    return ready


@pytest.fixture
def drifted(captured: Stage) -> Stage:
    """The same, and the person has moved since."""
    captured.upstream.person["address"] = [PAST]
    return captured


def check_of(stage: Stage, query: NetworkQuery) -> StartCheck:
    (check,) = stage.rows(StartCheck)
    assert check.query_id == query.id
    return check


def last_start(stage: Stage) -> AuditEvent:
    with stage.store.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.action == "queries.start")
        return session.exec(wanted.order_by(col(AuditEvent.seq).desc())).first()  # type: ignore[return-value]


def reads(stage: Stage) -> int:
    """How often a person's record was read."""
    return sum(request.url.path.endswith(PATIENT) for request in stage.requests)


def assert_nothing_spent(stage: Stage) -> None:
    assert stage.standing().aal2 is Aal2State.ACTIVE
    assert stage.upstream.starts == [] and stage.rows(NetworkQuery) == []
    assert stage.rows(StartCheck) == []


def test_the_same_record_is_kept_with_the_start(captured: Stage) -> None:
    query = captured.ask()
    check = check_of(captured, query)
    assert (query.status, check.demographics, check.at) == (
        "processing",
        "same",
        query.submitted_at,
    )
    assert (check.drifted, check.missing, check.drift_reason) == ([], [], None)
    assert (check.consent, check.consent_id) == ("none", None)
    details = last_start(captured).details or {}
    assert (details["demographics"], details["consent"]) == ("same", "none")
    assert "drifted" not in details and "missing" not in details


def test_a_start_reads_the_record_once(captured: Stage) -> None:
    before = reads(captured)
    captured.ask()
    assert reads(captured) == before + 1


def test_a_treatment_query_reads_no_record_and_keeps_no_check(captured: Stage) -> None:
    before = reads(captured)
    captured.start()
    assert reads(captured) == before and captured.rows(StartCheck) == []


def test_what_was_not_captured_holds_nobody_back(ready: Stage) -> None:
    ready.upstream.person["address"] = [PAST]
    assert check_of(ready, ready.ask()).demographics == "not_captured"


def test_a_drift_stops_the_start_before_anything_is_spent(drifted: Stage) -> None:
    with pytest.raises(Drifted) as stopped:
        drifted.ask()
    assert stopped.value.fields == ("address",)
    assert "address" in str(stopped.value) and "verify again" in stopped.value.next_step
    assert_nothing_spent(drifted)
    event = last_start(drifted)
    assert (event.outcome, event.patient_id) == ("not ready", PATIENT)
    assert "Elm" not in str(event.details) and "address" in str(event.details)


def test_with_a_reason_the_query_starts_and_the_log_says_why(drifted: Stage) -> None:
    query = drifted.ask(WITH_REASON)
    check = check_of(drifted, query)
    assert (check.demographics, check.drifted) == ("drifted", ["address"])
    assert check.drift_reason == REASON
    event = last_start(drifted)
    assert (event.outcome, event.reason) == ("asked", REASON)
    assert event.details and event.details["drifted"] == ["address"]
    assert drifted.standing().aal2 is Aal2State.USED


def test_a_reason_counts_for_the_fields_that_were_seen_only(drifted: Stage) -> None:
    """The record may change further between the dialog and its last press."""
    drifted.upstream.person["firstName"] = "Somebody"
    with pytest.raises(Drifted) as stopped:
        drifted.ask(WITH_REASON)
    assert stopped.value.fields == ("name", "address")
    assert_nothing_spent(drifted)
    both = replace(WITH_REASON, drift_seen=("name", "address"))
    assert check_of(drifted, drifted.ask(both)).drifted == ["name", "address"]


def test_a_reason_for_no_drift_is_not_kept(captured: Stage) -> None:
    assert check_of(captured, captured.ask(WITH_REASON)).drift_reason is None
    assert last_start(captured).reason is None


def test_to_verify_again_ends_the_drift(drifted: Stage) -> None:
    drifted.clock.forward(minutes=1)
    drifted.hear_verified("m-2", pid="pid_2")
    drifted.capture.step()
    drifted.satisfy("aal2_another")
    assert check_of(drifted, drifted.ask()).demographics == "same"


def test_to_change_it_back_ends_the_drift(drifted: Stage) -> None:
    with pytest.raises(Drifted):
        drifted.ask()
    drifted.upstream.person["address"] = [HOME]
    assert check_of(drifted, drifted.ask()).demographics == "same"


@pytest.mark.parametrize(
    ("keys", "state"), [(["new"], "not_comparable"), (["new", "k"], "drifted"), (["k"], "drifted")]
)
def test_a_rotated_key_is_no_drift(drifted: Stage, keys: list[str], state: str) -> None:
    drifted.drift = DriftGuard(drifted.store, drifted.audit, DemographicKeys(keys))
    drifted.checks = drifted.make_checks()
    drifted.query_starts = drifted.make_starts()
    assert check_of(drifted, drifted.ask(WITH_REASON)).demographics == state


def test_what_the_record_lacks_is_kept(captured: Stage) -> None:
    del captured.upstream.person["contact"]
    request = replace(WITH_REASON, drift_seen=("contact",))
    check = check_of(captured, captured.ask(request))
    assert (check.missing, check.drifted) == (["email_or_mobile"], ["contact"])
    assert (last_start(captured).details or {})["missing"] == ["email_or_mobile"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(500, "no"), UpstreamError),
        (refusal(404, "no"), UpstreamNotFound),
        (lambda _: httpx.Response(403, json={"message": "Forbidden"}), KeyRefused),
        (lambda _: httpx.Response(200, html="<p>"), UpstreamError),
        (raises(httpx.ReadTimeout("t")), UpstreamError),
        (raises(httpx.ConnectError("c")), UpstreamError),
    ],
)
def test_a_record_that_cannot_be_read_spends_nothing(
    captured: Stage, answer: Any, error: type[UpstreamError]
) -> None:
    captured.upstream.refusing[PATIENT] = answer
    with pytest.raises(error) as failed:
        captured.ask()
    assert "can still be used" in failed.value.kept
    assert_nothing_spent(captured)
    assert last_start(captured).outcome == "not ready"
    captured.upstream.refusing.clear()
    assert captured.ask().status == "processing"


def test_who_is_not_ready_costs_no_call(stage: Stage) -> None:
    with pytest.raises(NotReady):
        stage.ask()
    assert stage.requests == []


def test_a_button_pressed_twice_starts_one_query(captured: Stage) -> None:
    query_id = captured.query_starts.new_id()
    first = captured.query_starts.start(SUPPORT, query_id, IAS)
    again = captured.query_starts.start(SUPPORT, query_id, IAS)
    assert first.id == again.id and len(captured.upstream.starts) == 1
    assert len(captured.rows(StartCheck)) == 1


def test_many_presses_at_once_start_one_query(captured: Stage) -> None:
    query_id = captured.query_starts.new_id()

    def press(_: int) -> str:
        return captured.query_starts.start(SUPPORT, query_id, IAS).id

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(press, range(6))) == {query_id}
    assert len(captured.upstream.starts) == 1 and len(captured.rows(StartCheck)) == 1


def test_two_queries_at_once_spend_the_session_once(captured: Stage) -> None:
    def press(_: int) -> str:
        try:
            return captured.ask().status
        except NotReady:
            return "not ready"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(press, range(4)))
    assert found == ["not ready"] * 3 + ["processing"]
    assert len(captured.rows(StartCheck)) == 1


@pytest.mark.parametrize(
    ("reason", "ticket", "wrong"),
    [
        ("because", "", {"drift_reason"}),
        (OTHER_REASON, "", {"ticket"}),
        (REASON, "no ticket", {"ticket"}),
        ("because", "no ticket", {"drift_reason", "ticket"}),
        (OTHER_REASON, "SUP-1", set()),
        (REASON, "", set()),
        ("", "", set()),
    ],
)
def test_reasons_come_from_a_closed_list(reason: str, ticket: str, wrong: set[str]) -> None:
    request = IasRequest(PATIENT, Sources(hie=True), ticket, reason)
    if not wrong:
        return request.check()
    with pytest.raises(InvalidInput) as refused:
        request.check()
    assert set(refused.value.fields) == wrong


def test_every_reason_fits_its_column() -> None:
    assert max(map(len, DRIFT_REASONS)) <= 60
