"""Proofed identities in the log: which webhooks make one, and which identity counts."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.errors import (
    NotReady,
)
from services.identity.access_state import Aal2State, IdentityState
from services.identity.updates import SESSION_ID_KEY
from services.store.tables import (
    Aal2Session,
    IdentitySession,
    ProofedIdentity,
    WebhookEvent,
)
from tests.identity.stage import OTHER, Stage, refusal
from tests.world import PATIENT, SUPPORT


@pytest.mark.parametrize("order", ["webhook first", "redirect first", "no redirect"])
def test_webhook_and_redirect_come_in_either_order(stage: Stage, order: str) -> None:
    visit = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    (row,) = stage.rows(IdentitySession)
    if order == "redirect first":
        stage.links.back_from_identity(visit.cookie, None)
        assert stage.standing().identity is IdentityState.RETURNED
    assert stage.hear_verified("m-1", data={SESSION_ID_KEY: row.id}) == "processed"
    if order == "webhook first":
        stage.links.back_from_identity(visit.cookie, None)
    assert stage.standing().identity is IdentityState.VERIFIED
    (row,) = stage.rows(IdentitySession)
    (identity,) = stage.rows(ProofedIdentity)
    assert row.verified_at and (row.returned_at is None) == (order == "no redirect")
    assert identity.from_session == row.id


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"flat": True},
        {"when": "2030-01-01T00:00:00Z"},
        {"payload": {"sessionId": "ids_nobodys"}},
        {"data": {"another": "app"}},
        {"data": {SESSION_ID_KEY: "not a row of ours"}},
        {"payload": {"assuranceLevel": "IAL2", "more": {"x": 1}}},
    ],
)
def test_identities_from_elsewhere_are_taken_in(stage: Stage, how: dict[str, Any]) -> None:
    assert stage.hear_verified("m-1", **how) == "processed"
    assert stage.hear_verified("m-2", **how) == "processed"
    (identity,) = stage.rows(ProofedIdentity)
    assert identity.verified_at <= stage.clock.now and identity.from_session is None
    assert stage.standing().identity is IdentityState.VERIFIED


def test_news_of_the_wrong_shape_stay_visible(stage: Stage) -> None:
    assert stage.hear_verified("m-1", pid="") == "failed"
    assert stage.hear_verified("m-2", payload={"patientId": None}) == "failed"
    assert stage.rows(ProofedIdentity) == []


def test_an_identity_does_not_change_its_person(stage: Stage) -> None:
    stage.hear_verified("m-1")
    assert stage.hear_verified("m-2", OTHER) == "failed"
    stage.link_sender.send_verification(SUPPORT, PATIENT)
    (row,) = stage.rows(IdentitySession)
    theirs = {SESSION_ID_KEY: row.id}
    assert stage.hear_verified("m-3", OTHER, "pid_2", data=theirs) == "failed"
    assert stage.standing(OTHER).identity is IdentityState.NONE


def test_the_newest_active_identity_counts(stage: Stage) -> None:
    stage.hear_verified("m-1")
    stage.satisfy()
    stage.clock.forward(minutes=1)
    stage.hear_verified("m-2", pid="pid_2")
    standing = stage.standing()
    assert standing.facts.identity and standing.facts.identity.id == "pid_2"
    assert standing.aal2 is Aal2State.NONE
    with pytest.raises(NotReady):
        stage.ask()


def test_a_refusal_does_not_bring_an_older_identity_back(ready: Stage) -> None:
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]
    ready.upstream.refusing["/aal2/challenge"] = refusal(412, "identity is not active")
    with pytest.raises(NotReady):
        ready.link_sender.send_challenge(SUPPORT, PATIENT)
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.INACTIVE, Aal2State.NONE)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-3")
    assert ready.standing().identity is IdentityState.VERIFIED
    assert ready.standing().aal2 is not Aal2State.ACTIVE


def test_the_same_news_on_two_machines_are_taken_in_once(stage: Stage) -> None:
    def hear(number: int) -> str:
        return stage.hear_verified(f"m-{number}", when="2026-09-14T15:29:00Z")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, range(8)))
    stage.interpreter.interpret_waiting()
    assert {one.status for one in stage.rows(WebhookEvent)} == {"processed"}
    assert len(stage.rows(ProofedIdentity)) == 1


def test_old_news_do_not_revive_an_identity_and_newer_ones_do(ready: Stage) -> None:
    before = ready.clock.now.isoformat()
    ready.clock.forward(minutes=1)
    ready.upstream.refusing["/network/query"] = refusal(412, "identity is not active")
    ready.ask()
    ready.clock.forward(minutes=1)
    assert ready.hear_verified("m-2", when=before) == "processed"
    assert ready.hear_verified("m-3", when=None) == "processed"
    assert ready.standing().identity is IdentityState.INACTIVE
    assert ready.hear_verified("m-4") == "processed"
    standing = ready.standing()
    assert (standing.identity, standing.aal2) == (IdentityState.VERIFIED, Aal2State.EXPIRED)
