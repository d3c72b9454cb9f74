"""Returns of a patient's browser: what each binds to which challenge or session."""

import pytest

from services.identity.access_state import Aal2State
from services.identity.patient_links import Visit
from services.identity.returns import ReturnOutcome
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    IdentitySession,
)
from tests.identity.stage import AAL2_ID, Stage, refusal
from tests.world import PATIENT, SUPPORT


def test_a_session_of_an_overtaken_identity_is_not_kept(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    back = ready.links.back_from_challenge(visit.cookie, "verified", "aal2_late")
    assert back is ReturnOutcome.DECLINED
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]


def test_two_identities_in_one_browser_are_not_told_apart(ready: Stage) -> None:
    first = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2", pid="pid_2")
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    second = ready.links.follow(token, first.cookie)
    assert isinstance(second, Visit)
    back = ready.links.back_from_challenge(second.cookie, "verified", "aal2_whose")
    assert back is ReturnOutcome.AMBIGUOUS
    assert ready.standing().aal2 is Aal2State.DECLINED


def test_an_address_that_is_opened_again_does_not_take_another_pages_return(
    ready: Stage,
) -> None:
    first = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    assert (
        ready.links.back_from_challenge(first.cookie, "verified", "aal2_2")
        is ReturnOutcome.SATISFIED
    )
    ready.ask()
    ready.clock.forward(minutes=1)
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    second = ready.links.follow(token, first.cookie)
    assert isinstance(second, Visit)
    assert (
        ready.links.back_from_challenge(second.cookie, "verified", "aal2_2") is ReturnOutcome.DONE
    )
    assert ready.standing().aal2 is Aal2State.OPENED
    assert (
        ready.links.back_from_challenge(second.cookie, "verified", "aal2_3")
        is ReturnOutcome.SATISFIED
    )
    assert ready.standing().aal2 is Aal2State.ACTIVE


def test_a_page_of_thanks_says_what_is_true_when_it_is_opened_again(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(minutes=1)
    assert (
        ready.links.back_from_challenge(visit.cookie, "verified", "aal2_2")
        is ReturnOutcome.SATISFIED
    )
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.SATISFIED
    ready.ask()
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.DONE
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.links.back_from_challenge(visit.cookie, "verified", "aal2_3")
    ready.clock.forward(minutes=31)
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.OVER


def test_a_return_that_is_looked_at_again_is_about_the_last_page(ready: Stage) -> None:
    """The window is led on to an address without the credential, which is a second request."""
    left = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.clock.forward(seconds=30)
    token = ready.link_sender.send_challenge(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    visit = ready.links.follow(token, left.cookie)
    assert isinstance(visit, Visit)
    ready.clock.forward(seconds=30)
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.WAITING
    assert ready.links.back_from_challenge(visit.cookie, "failed", None) is ReturnOutcome.DECLINED
    assert ready.links.back_from_challenge(visit.cookie, None, None) is ReturnOutcome.DECLINED
    returned = [bool(one.returned_at) for one in ready.rows(Aal2Challenge)[-2:]]
    assert returned == [False, True]


def test_a_page_of_thanks_that_is_opened_again_returns_nothing_more(stage: Stage) -> None:
    left = stage.follow(stage.link_sender.send_verification(SUPPORT, PATIENT).url)
    stage.clock.forward(seconds=30)
    token = stage.link_sender.send_verification(SUPPORT, PATIENT).url.rsplit("/", 1)[1]
    visit = stage.links.follow(token, left.cookie)
    assert isinstance(visit, Visit)
    stage.clock.forward(seconds=30)
    for status in ("failed", None, None):
        assert stage.links.back_from_identity(visit.cookie, status) is ReturnOutcome.RECEIVED
    assert [bool(one.returned_at) for one in stage.rows(IdentitySession)] == [False, True]


def test_a_late_return_was_not_verified_later_than_its_challenge(stage: Stage) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    stage.clock.forward(hours=3)
    stage.links.back_from_challenge(visit.cookie, "verified", AAL2_ID)
    assert stage.standing().aal2 is Aal2State.EXPIRED


def test_a_late_return_does_not_replace_a_newer_session(stage: Stage) -> None:
    stage.hear_verified("m-1")
    early = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    stage.clock.forward(minutes=61)
    stage.satisfy("aal2_newer")
    stage.clock.forward(minutes=1)
    stage.links.back_from_challenge(early.cookie, "verified", "aal2_older")
    assert stage.standing().aal2 is Aal2State.ACTIVE
    stage.ask()
    assert stage.upstream.starts[0].headers["x-aal2-session"] == "aal2_newer"
    assert [one.secret for one in stage.rows(Aal2Session)] == [None, None]


def test_a_challenge_of_a_refused_identity_binds_nothing(ready: Stage) -> None:
    visit = ready.follow(ready.link_sender.send_challenge(SUPPORT, PATIENT).url)
    ready.upstream.refusing["/network/query"] = refusal(412, "identity is not active")
    ready.ask()
    ready.clock.forward(minutes=1)
    ready.links.back_from_challenge(visit.cookie, "verified", "aal2_late")
    ready.clock.forward(minutes=1)
    ready.hear_verified("m-2")
    assert ready.standing().aal2 is not Aal2State.ACTIVE
    assert [one.secret for one in ready.rows(Aal2Session)] == [None]


def test_a_cookie_does_not_last_forever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.hear_verified("m-1")
    visit = stage.follow(stage.link_sender.send_challenge(SUPPORT, PATIENT).url)
    monkeypatch.setattr(
        "services.identity.patient_links.COOKIE_MAX_AGE", -stage.aal2.limits.max_idle
    )
    back = stage.links.back_from_challenge(visit.cookie, "verified", AAL2_ID)
    assert back is ReturnOutcome.UNKNOWN
