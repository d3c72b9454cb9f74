"""The record of somebody who was just verified is captured once, however often it must be tried."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.errors import LogUnavailable
from services.identity.drift.captures import MOST_TRIES, claim_capture, keep_capture, postpone
from services.identity.drift.fields import FIELDS
from services.identity.drift.proofed import DriftVerdict
from services.identity.updates import SESSION_ID_KEY
from services.store import Store
from services.store.tables import (
    IdentitySession,
    ProofedDemographics,
    ProofedIdentity,
    UpstreamCall,
)
from services.workers.drift import DriftCapture
from tests.clock import FakeClock
from tests.identity.drift.records import PAST, record
from tests.identity.stage import OTHER, PID, Stage, refusal
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT, SUPPORT, raises

MOVED = [PAST]


def identity(stage: Stage, pid: str = PID) -> ProofedIdentity:
    return next(row for row in stage.rows(ProofedIdentity) if row.proofed_identity_id == pid)


def verdict(stage: Stage, **changes: Any) -> DriftVerdict:
    """How the record, with some changes, compares with the person's newest identity."""
    return stage.drift.compare(SUPPORT, record(**changes)).verdict


def silence(stage: Stage, answer: Any = None) -> None:
    """Have upstream answer nobody's record."""
    stage.upstream.refusing[PATIENT] = answer or refusal(500, "no")


def test_a_verified_identity_is_captured(stage: Stage) -> None:
    stage.hear_verified("m-1")
    assert verdict(stage) is DriftVerdict.NOT_CAPTURED
    assert stage.capture.step() == 1
    assert verdict(stage) is DriftVerdict.SAME
    assert verdict(stage, address=MOVED) is DriftVerdict.DRIFTED
    rows = stage.rows(ProofedDemographics)
    assert {row.field for row in rows} == set(FIELDS)
    assert {(row.proofed_identity_id, row.captured_at) for row in rows} == {(PID, stage.clock.now)}
    assert (identity(stage).capture_at, identity(stage).captures) == (None, 1)
    assert stage.capture.step() == 0


def test_no_value_of_the_record_reaches_the_log(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.capture.step()
    everything = "".join(
        str(row.model_dump()) for table in (ProofedDemographics, ProofedIdentity, UpstreamCall)
        for row in stage.rows(table)
    ).casefold()  # fmt: skip
    for value in ("jane", "smith", "1996", "arsenal", "phoenix", "6025550100", "mail.test"):
        assert value not in everything


def test_an_identity_from_the_companys_own_app_is_captured(stage: Stage) -> None:
    stage.hear_verified("m-1", OTHER)
    assert identity(stage).from_session is None
    stage.capture.step()
    assert verdict(stage, id=OTHER) is DriftVerdict.SAME


def test_an_identity_of_before_is_not_captured_and_nobody_tries(stage: Stage) -> None:
    row = ProofedIdentity(
        proofed_identity_id=PID, patient_id=PATIENT, status="active", verified_at=stage.clock.now
    )
    with stage.store.write() as session:
        session.add(row)
    assert stage.capture.step() == 0
    assert verdict(stage) is DriftVerdict.NOT_CAPTURED


@pytest.mark.parametrize("again", ["the same message", "another message of that moment"])
def test_a_message_that_comes_again_captures_nothing(stage: Stage, again: str) -> None:
    when = stage.clock.now.isoformat()
    stage.hear_verified("m-1", when=when)
    stage.capture.step()
    stage.clock.forward(days=1)
    stage.hear_verified("m-1" if again == "the same message" else "m-2", when=when)
    assert stage.capture.step() == 0
    assert verdict(stage, address=MOVED) is DriftVerdict.DRIFTED


def test_a_message_about_a_verified_link_of_ours_captures_nothing_again(stage: Stage) -> None:
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (sent,) = stage.rows(IdentitySession)
    stage.clock.forward(minutes=1)
    stage.hear_verified("m-1", data={SESSION_ID_KEY: sent.id})
    stage.capture.step()
    stage.clock.forward(days=1)
    stage.hear_verified("m-2", data={SESSION_ID_KEY: sent.id})
    assert stage.capture.step() == 0


def test_to_verify_again_with_a_new_identity_captures_anew(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.capture.step()
    stage.upstream.person["address"] = MOVED
    assert verdict(stage, address=MOVED) is DriftVerdict.DRIFTED
    stage.clock.forward(minutes=1)
    stage.hear_verified("m-2", pid="pid_2")
    assert verdict(stage, address=MOVED) is DriftVerdict.NOT_CAPTURED
    stage.capture.step()
    assert verdict(stage, address=MOVED) is DriftVerdict.SAME


@pytest.mark.parametrize("ours", [True, False])
def test_to_verify_again_with_the_same_identity_captures_anew(stage: Stage, ours: bool) -> None:
    stage.hear_verified("m-1")
    stage.capture.step()
    stage.upstream.person["address"] = MOVED
    stage.clock.forward(minutes=1)
    how = {}
    if ours:
        stage.link_sender.send_verification(SUPPORT, PATIENT)
        (sent,) = stage.rows(IdentitySession)
        how = {"data": {SESSION_ID_KEY: sent.id}}
        stage.clock.forward(minutes=1)
    stage.hear_verified("m-2", **how)
    assert verdict(stage, address=MOVED) is DriftVerdict.NOT_CAPTURED
    stage.capture.step()
    assert verdict(stage, address=MOVED) is DriftVerdict.SAME
    assert len(stage.rows(ProofedDemographics)) == len(FIELDS)


def test_to_verify_after_a_refusal_captures_anew(ready: Stage) -> None:
    ready.capture.step()
    ready.upstream.refusing["/network/query"] = refusal(412, "identity is not active")
    ready.ask()
    ready.upstream.person["address"] = MOVED
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2")
    ready.capture.step()
    assert verdict(ready, address=MOVED) is DriftVerdict.SAME


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "no"),
        refusal(404, "unknown"),
        refusal(429, "slow down"),
        lambda _: httpx.Response(403, json={"message": "Forbidden"}),
        lambda _: httpx.Response(200, html="<p>"),
        raises(httpx.ConnectError("c")),
        raises(httpx.ReadTimeout("t")),
    ],
)
def test_a_failed_try_is_made_again_after_a_pause(stage: Stage, answer: Any) -> None:
    stage.hear_verified("m-1")
    silence(stage, answer)
    assert stage.capture.step() == 1
    assert identity(stage).capture_at == stage.clock.now + timedelta(minutes=1)
    assert stage.capture.step() == 0
    stage.upstream.refusing.clear()
    stage.clock.forward(minutes=1)
    assert stage.capture.step() == 1
    assert verdict(stage) is DriftVerdict.SAME


def test_the_pauses_grow_and_end(stage: Stage) -> None:
    stage.hear_verified("m-1")
    silence(stage)
    pauses: list[float] = []
    while (due := identity(stage).capture_at) is not None:
        stage.clock.now = max(due, stage.clock.now)
        stage.capture.step()
        after = identity(stage).capture_at
        pauses += [(after - stage.clock.now).total_seconds() / 60] if after else []
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert identity(stage).captures == MOST_TRIES
    assert verdict(stage) is DriftVerdict.NOT_CAPTURED
    stage.clock.forward(days=9)
    assert stage.capture.step() == 0
    # Somebody who verifies again gets all tries anew.
    stage.upstream.refusing.clear()
    stage.hear_verified("m-2")
    stage.capture.step()
    assert (verdict(stage), identity(stage).captures) == (DriftVerdict.SAME, 1)


def test_one_persons_trouble_stops_nobody(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.clock.forward(seconds=1)
    stage.hear_verified("m-2", OTHER, "pid_2")
    silence(stage)
    assert stage.capture.step() == 2
    assert verdict(stage, id=OTHER) is DriftVerdict.SAME
    assert verdict(stage) is DriftVerdict.NOT_CAPTURED


def test_an_upstream_that_is_silent_is_not_asked_about_the_next_person(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.clock.forward(seconds=1)
    stage.hear_verified("m-2", OTHER, "pid_2")
    silence(stage, raises(httpx.ConnectError("c")))
    assert stage.capture.step() == 1
    assert verdict(stage, id=OTHER) is DriftVerdict.NOT_CAPTURED


def test_a_fault_of_the_program_counts_as_a_try(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Jane Smith")

    monkeypatch.setattr("services.workers.drift.keep_capture", broken)
    stage.hear_verified("m-1")
    assert stage.capture.step() == 1
    assert identity(stage).capture_at == stage.clock.now + timedelta(minutes=1)
    assert "ValueError" in caplog.text and "Jane" not in caplog.text


def test_a_log_that_is_gone_is_no_try(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise LogUnavailable("gone")

    monkeypatch.setattr("services.workers.drift.keep_capture", gone)
    stage.hear_verified("m-1")
    with pytest.raises(LogUnavailable):
        stage.capture.step()


def test_two_processes_share_the_work(stage: Stage) -> None:
    other = DriftCapture(stage.store, stage.client, stage.keys, stage.clock)
    seen: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        # While this process waits for its answer, the other one finds nothing to do.
        seen.append(other.step() if not seen else 0)
        return httpx.Response(200, json=stage.upstream.person | {"id": PATIENT})

    stage.hear_verified("m-1")
    silence(stage, answer)
    assert (stage.capture.step(), seen) == (1, [0])
    assert verdict(stage) is DriftVerdict.SAME


def test_a_process_that_died_is_made_up_for(stage: Stage) -> None:
    stage.hear_verified("m-1")
    with stage.store.write() as session:
        claim = claim_capture(session, stage.clock.now)
    assert claim is not None and stage.capture.step() == 0
    stage.clock.forward(minutes=2)
    assert stage.capture.step() == 1
    # It was only slow, and what it read is older.
    with stage.store.write() as session:
        keep_capture(session, stage.keys, claim, record(address=MOVED), stage.clock.now)
        postpone(session, claim, stage.clock.now)
    assert verdict(stage) is DriftVerdict.SAME
    assert identity(stage).capture_at is None


def test_a_verification_meanwhile_outdates_what_was_read(stage: Stage) -> None:
    stage.hear_verified("m-1")
    with stage.store.write() as session:
        claim = claim_capture(session, stage.clock.now)
    assert claim is not None
    stage.clock.forward(seconds=1)
    stage.hear_verified("m-2")
    with stage.store.write() as session:
        keep_capture(session, stage.keys, claim, record(address=MOVED), stage.clock.now)
    assert verdict(stage) is DriftVerdict.NOT_CAPTURED
    stage.capture.step()
    assert verdict(stage) is DriftVerdict.SAME


def test_what_is_due_is_found_by_its_index(store: Store, clock: FakeClock) -> None:
    stage = Stage(store, clock)
    stage.hear_verified("m-1")
    assert_no_scan(plans_of(store, stage.capture.step))


def test_a_comparison_is_found_by_keys(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.capture.step()
    assert_no_scan(plans_of(stage.store, lambda: verdict(stage)))
