"""Sending links: what stands in the log before, during and after upstream answers."""

import json
from typing import Any

import httpx
import pytest

from services.errors import (
    NotReady,
    UpstreamError,
)
from services.identity.access_state import Aal2State, IdentityState
from services.identity.updates import SESSION_ID_KEY
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    IdentitySession,
    PatientLink,
)
from tests.identity.stage import PID, Stage, refusal
from tests.world import PATIENT, SUPPORT, raises


def test_the_intent_stands_before_upstream_is_asked(stage: Stage) -> None:
    seen: list[tuple[str, int]] = []

    def look(request: httpx.Request) -> httpx.Response:
        (row,) = stage.rows(IdentitySession)
        assert json.loads(request.content)["metadata"] == {SESSION_ID_KEY: row.id}
        seen.append((row.status, len(stage.rows(AuditEvent))))
        return httpx.Response(200, json=stage.upstream.page("session", "ids"))

    stage.upstream.refusing["/identity/session"] = look
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    assert seen == [("submitting", 1)]
    assert link.url.startswith("https://us.test/ias/go/")
    assert "hosted.test" not in str(stage.rows(PatientLink)) + repr(link)


def test_a_confirmation_before_the_answer_is_not_taken_back(stage: Stage) -> None:
    def confirmed(request: httpx.Request) -> httpx.Response:
        (row,) = stage.rows(IdentitySession)
        stage.hear_verified("m-1", data={SESSION_ID_KEY: row.id})
        return httpx.Response(200, json=stage.upstream.page("session", "ids"))

    stage.upstream.refusing["/identity/session"] = confirmed
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert (row.status, row.session_id) == ("completed", "ids_0")


def test_a_webhook_before_the_answer_is_not_overwritten_by_its_absence(stage: Stage) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        stage.hear_verified("m", data=json.loads(request.content)["metadata"])
        raise httpx.ReadTimeout("t")

    stage.upstream.refusing["/identity/session"] = answer
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert (row.status, row.error_kind) == ("completed", None)


def test_a_link_that_upstream_gave_out_before_is_an_error_that_says_so(stage: Stage) -> None:
    same = {"sessionId": "ids_same", "sessionUrl": "https://hosted.test/s"}
    stage.upstream.refusing["/identity/session"] = lambda _: httpx.Response(200, json=same)
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    with pytest.raises(UpstreamError, match="gave out before"):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    assert [one.status for one in stage.rows(IdentitySession)] == ["pending", "unconfirmed"]


def test_a_link_whose_process_died_does_not_submit_forever(stage: Stage) -> None:
    stage.upstream.refusing["/identity/session"] = raises(RuntimeError("the power went"))
    with pytest.raises(RuntimeError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(minutes=3)
    stage.sweeper.step()
    assert [one.status for one in stage.rows(IdentitySession)] == ["unconfirmed"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(400, "redirectUrl: is not on the allowlist"), "rejected"),
        (refusal(404, "Could not find patient"), "rejected"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed"),
        (raises(httpx.ConnectError("c")), "not_started"),
    ],
)
def test_a_link_that_upstream_denies_is_kept_and_not_sent(
    stage: Stage, answer: Any, status: str
) -> None:
    stage.upstream.refusing["/identity/session"] = answer
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    assert row.status == status and row.error_kind and row.error_detail
    assert stage.rows(PatientLink) == []
    assert stage.standing().identity is IdentityState.NONE


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(400, "redirectUrl: is not on the allowlist"), "rejected"),
        (raises(httpx.ReadTimeout("t")), "unconfirmed"),
        (raises(httpx.ConnectError("c")), "not_started"),
    ],
)
def test_a_challenge_that_upstream_denies_is_kept_and_not_sent(
    ready: Stage, answer: Any, status: str
) -> None:
    ready.upstream.refusing["/aal2/challenge"] = answer
    with pytest.raises(UpstreamError):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert [one.status for one in ready.rows(Aal2Challenge)] == ["pending", status]
    assert ready.standing().aal2 is Aal2State.ACTIVE


def test_a_verification_that_was_not_answered_may_still_come(stage: Stage) -> None:
    stage.upstream.refusing["/identity/session"] = raises(httpx.ReadTimeout("t"))
    with pytest.raises(UpstreamError):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    stage.hear_verified("m", data={SESSION_ID_KEY: row.id}, payload={"sessionId": "ids_late"})
    (row,) = stage.rows(IdentitySession)
    assert (row.session_id, row.status) == ("ids_late", "completed")
    assert stage.standing().identity is IdentityState.VERIFIED


def test_a_challenge_may_find_the_identity_inactive(ready: Stage) -> None:
    ready.upstream.refusing["/aal2/challenge"] = refusal(
        412, f"Proofed identity {PID} is not in active status"
    )
    with pytest.raises(NotReady) as told:
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert "not active any more" in str(told.value) and "verify again" in told.value.next_step
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.INACTIVE, Aal2State.EXPIRED)
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]
    with pytest.raises(NotReady):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    sends = [one for one in ready.rows(AuditEvent) if one.action == "links.send"]
    assert [one.outcome for one in sends[-2:]] == ["asked", "not ready"]


def test_without_an_identity_there_is_no_challenge(stage: Stage) -> None:
    with pytest.raises(NotReady, match="not verified yet"):
        stage.link_sender.send_challenge(SUPPORT, PATIENT)
    assert stage.requests == [] and stage.rows(Aal2Challenge) == []
