"""Sending links: what stands in the log before, during and after upstream answers."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from services.errors import NotPermitted, NotReady, UpstreamError
from services.identity.access_state import Aal2State, IdentityState
from services.identity.patient_links import LinkState, SentWay, Visit, link_state
from services.identity.updates import SESSION_ID_KEY
from services.staff.permissions import Role
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    IdentitySession,
    PatientLink,
)
from tests.identity.stage import PID, Stage, refusal
from tests.staff_members import make_actor
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


def _sends(stage: Stage) -> list[AuditEvent]:
    return [one for one in stage.rows(AuditEvent) if one.action == "links.send"]


def test_a_link_is_sent_when_somebody_says_how(stage: Stage) -> None:
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(PatientLink)
    assert (row.sent_at, row.sent_by_way) == (None, None)
    assert stage.standing().facts.verification.unsent
    stage.link_sender.mark_sent(SUPPORT, link, SentWay.COPIED)
    copied_at = stage.clock.now
    stage.clock.forward(minutes=1)
    stage.link_sender.mark_sent(SUPPORT, link, SentWay.EMAIL)
    stage.link_sender.mark_sent(SUPPORT, link, SentWay.COPIED)
    (row,) = stage.rows(PatientLink)
    assert (row.sent_at, row.sent_by_way) == (copied_at, "email")
    assert not stage.standing().facts.verification.unsent
    sent = [one for one in _sends(stage) if one.outcome == "sent"]
    assert [one.details for one in sent] == [{"way": "copied"}, {"way": "email"}, {"way": "copied"}]
    assert {one.object_id for one in sent} == {link.target}


def _withdraw(stage: Stage, kind: str = "identity") -> None:
    """Withdraw the link of the kind that still stands, or try it with one that does not."""
    links = [link for link in stage.rows(PatientLink) if link.kind == kind]
    now = stage.clock.now
    links.sort(key=lambda link: link_state(link, now) is LinkState.READY)
    stage.link_sender.withdraw(SUPPORT, links[-1])


def test_a_withdrawn_link_opens_nothing(stage: Stage) -> None:
    token = stage.link_sender.send_verification(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    _withdraw(stage)
    assert stage.links.look(token).state is LinkState.WITHDRAWN
    assert stage.links.follow(token) is LinkState.WITHDRAWN
    (row,) = stage.rows(PatientLink)
    assert row.url is None and row.continued_at is None
    assert [one.outcome for one in _sends(stage)] == ["asked", "withdrawn"]
    stage.clock.forward(hours=2)
    assert link_state(row, stage.clock.now) is LinkState.WITHDRAWN


def test_after_a_withdrawal_no_link_stands(stage: Stage) -> None:
    # The first one is replaced by the second, and does not come back when that is withdrawn.
    for _ in range(2):
        stage.link_sender.send_verification(SUPPORT, PATIENT)
    _withdraw(stage)
    assert stage.standing().identity is IdentityState.NONE
    with pytest.raises(NotReady, match="cannot be withdrawn any more"):
        _withdraw(stage)
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    assert stage.standing().identity is IdentityState.LINK_READY


def test_after_a_withdrawal_the_person_stands_where_they_stood_before(stage: Stage) -> None:
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(hours=2)
    assert stage.standing().identity is IdentityState.LINK_EXPIRED
    stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    _withdraw(stage)
    assert stage.standing().identity is IdentityState.OPENED
    stage.hear_verified("m-1")
    assert stage.standing().identity is IdentityState.VERIFIED


def test_a_challenge_can_be_withdrawn_and_verifications_stay(ready: Stage) -> None:
    ready.clock.forward(hours=1)
    assert ready.standing().aal2 is Aal2State.EXPIRED
    ready.link_sender.send_challenge(SUPPORT, PATIENT)
    assert ready.standing().aal2 is Aal2State.LINK_READY
    _withdraw(ready, "aal2")
    assert ready.standing().aal2 is Aal2State.EXPIRED


def test_a_link_that_was_opened_or_has_expired_is_not_withdrawn(stage: Stage) -> None:
    visit = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    with pytest.raises(NotReady):
        _withdraw(stage)
    assert isinstance(visit, Visit) and stage.standing().identity is IdentityState.OPENED
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    stage.clock.forward(hours=2)
    with pytest.raises(NotReady):
        _withdraw(stage)
    assert stage.standing().identity is IdentityState.LINK_EXPIRED


def test_of_a_withdrawal_and_a_continue_at_once_one_wins(stage: Stage) -> None:
    for _ in range(5):
        token = stage.link_sender.send_verification(SUPPORT, PATIENT).url.rsplit("/", 1)[1]

        def withdraw() -> str:
            try:
                _withdraw(stage)
            except NotReady:
                return "too late"
            return "withdrawn"

        with ThreadPoolExecutor(2) as pool:
            visit, withdrawal = pool.submit(stage.links.follow, token), pool.submit(withdraw)
        assert isinstance(visit.result(), Visit) is (withdrawal.result() == "too late")


def test_a_link_that_a_colleague_has_made_since_is_not_withdrawn_instead(stage: Stage) -> None:
    shown = stage.link_sender.send_verification(SUPPORT, PATIENT)
    newer = stage.link_sender.send_verification(SUPPORT, PATIENT)
    with pytest.raises(NotReady):
        stage.link_sender.withdraw(SUPPORT, shown)
    assert stage.links.look(newer.url.rsplit("/", 1)[1]).state is LinkState.READY
    assert "withdrawn" not in [one.outcome for one in _sends(stage)]


def test_a_verification_of_a_withdrawn_page_still_counts(stage: Stage) -> None:
    """Upstream is the authority, and its page cannot be ended there."""
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    _withdraw(stage)
    stage.hear_verified("m-1", data={SESSION_ID_KEY: row.id})
    assert stage.standing().identity is IdentityState.VERIFIED


def test_who_may_not_send_may_neither_mark_nor_withdraw(stage: Stage) -> None:
    reviewer = make_actor("Carla", Role.COMPLIANCE)
    link = stage.link_sender.send_verification(SUPPORT, PATIENT)
    with pytest.raises(NotPermitted):
        stage.link_sender.mark_sent(reviewer, link, SentWay.OTHER)
    with pytest.raises(NotPermitted):
        stage.link_sender.withdraw(reviewer, link)
    assert stage.standing().identity is IdentityState.LINK_READY
