"""The pages and cookies of a sign-in at the company's provider."""

from typing import Any

import httpx
import pytest

from services.errors import LogUnavailable
from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE
from tests.edge.provider_stage import (
    ProviderStage,
    cookie_of,
    stage,
    work_on_for_an_hour,
)

__all__ = ["stage"]


def begun(stage: ProviderStage) -> list[str]:
    """The cookies of sign-ins that this browser has begun."""
    return [name for name in stage.browser.cookies if "sign_in" in name]


def test_the_wanted_page_is_reached_with_its_query(stage: ProviderStage) -> None:
    first = stage.get("/queries?status=failed&q=a%26b")
    assert first.headers["location"].startswith("/sign-in?next=")
    answer = stage.sign_in(first.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/queries?status=failed&q=a%26b",
    )
    assert stage.get(answer.headers["location"]).text == "the dashboard"
    who = stage.who()
    assert who is not None and (who.name, who.role) == ("Sam Reyes", Role.SUPPORT)
    assert who.id == f"{stage.there.issuer}#s-1" and who.address
    assert begun(stage) == []


@pytest.mark.parametrize(
    "wanted", ["https://evil.test/", "//evil.test", "/\\evil.test", "/a%0d%0ab"]
)
def test_a_sign_in_leads_to_no_other_site(stage: ProviderStage, wanted: str) -> None:
    answer = stage.sign_in(f"/sign-in?go=1&next={wanted}")
    assert answer.headers["location"] == "/"


def test_the_cookies_are_for_the_program_alone(stage: ProviderStage) -> None:
    there = stage.get("/sign-in")
    of_way = cookie_of(there, "access_desk_sign_in_")
    assert "httponly" in of_way and "samesite=lax" in of_way and "path=/sign-in" in of_way
    assert "max-age=600" in of_way
    answer = stage.come_back(stage.there.consent(there.headers["location"]))
    of_session = cookie_of(answer, f"{COOKIE}=")
    assert "httponly" in of_session and "samesite=lax" in of_session
    assert "path=/;" in of_session + ";" and "max-age=43200" in of_session
    assert there.headers["cache-control"] == answer.headers["cache-control"] == "no-store"


def test_several_tabs_sign_in_at_once(stage: ProviderStage) -> None:
    first = stage.go_there("/sign-in?go=1&next=/queries")
    second = stage.go_there("/sign-in?go=1&next=/patient")
    assert stage.come_back(first).headers["location"] == "/queries"
    assert stage.come_back(second).headers["location"] == "/patient"


def test_a_browser_keeps_a_few_sign_ins_at_most(stage: ProviderStage) -> None:
    for _ in range(20):
        newest = stage.go_there()
    assert len(begun(stage)) <= 7
    assert stage.come_back(newest).status_code == 303


def test_a_return_works_once(stage: ProviderStage) -> None:
    answer = stage.go_there()
    stage.come_back(answer)
    again = stage.come_back(answer)
    assert again.status_code == 400 and "was used already" in again.text
    assert 'href="/"' in again.text, "who is signed in can go on"
    assert stage.refusals() == [("Unknown", "unknown")]


def test_a_stolen_return_works_in_no_other_browser(stage: ProviderStage) -> None:
    answer = stage.go_there()
    stage.browser.cookies.clear()
    assert stage.come_back(answer).status_code == 400
    assert stage.who() is None


WRONG = [
    ({"error": "access_denied"}, {}, "You cancelled the sign-in", "cancelled"),
    ({"error": "server_error"}, {}, "Your provider reports an error", "provider_error"),
    ({"code": "made-up"}, {}, "The provider does not know this sign-in", "wrong_code"),
    ({}, {"iss": "https://evil.test"}, "names another provider", "wrong_issuer"),
    ({}, {"aud": "another"}, "made for another program", "wrong_audience"),
    ({}, {"nonce": "another"}, "made for another sign-in", "wrong_nonce"),
    ({}, {"exp": 1_000_000_000}, "The two clocks do not agree", "wrong_time"),
    ({}, {"sub": None}, "is not complete", "wrong_claims"),
]


@pytest.mark.parametrize(("changed", "wrong", "says", "why"), WRONG)
def test_each_failure_says_what_happened_and_is_noted(
    stage: ProviderStage, changed: dict[str, str], wrong: dict[str, Any], says: str, why: str
) -> None:
    stage.there.wrong = wrong
    stage.there.token_error = "invalid_grant" if "code" in changed else ""
    answer = stage.come_back(stage.go_there() | changed)
    assert answer.status_code == 400 and says in answer.text and "Try again" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert stage.who() is None and stage.refusals() == [("Unknown", why)]


def test_too_long_at_the_provider(stage: ProviderStage) -> None:
    answer = stage.go_there()
    stage.clock.forward(minutes=11)
    assert "took too long" in stage.come_back(answer).text


def test_a_state_of_another_sign_in(stage: ProviderStage) -> None:
    assert stage.come_back(stage.go_there() | {"state": "another"}).status_code == 400
    assert stage.who() is None


def test_nothing_of_the_provider_is_shown_as_it_came(stage: ProviderStage) -> None:
    sent = {"error": "<b>x</b>", "error_description": "<script>alert(1)</script>"}
    assert "<script>" not in stage.come_back(stage.go_there() | sent).text
    stage.there.claims |= {"name": "<script>alert(2)</script>", "groups": []}
    answer = stage.sign_in()
    assert "<script>" not in answer.text and "&lt;script&gt;" in answer.text


def test_nobody_fills_the_access_log_from_outside(stage: ProviderStage) -> None:
    for _ in range(40):
        stage.get("/sign-in/callback?state=x&code=y")
    assert len(stage.refusals()) == 20


def test_who_has_no_role_is_told_whom_to_ask(stage: ProviderStage) -> None:
    stage.there.claims |= {"groups": ["kitchen"], "email": "sam@x.test"}
    answer = stage.sign_in()
    assert answer.status_code == 403
    for said in ("You have no role here yet", "Sam Reyes (sam@x.test)", "desk-compliance", "Ask"):
        assert said in answer.text
    assert f"{stage.there.issuer}/end?" in answer.text
    assert stage.who() is None and stage.refusals() == [("Sam Reyes", "no_role")]


def test_a_role_that_was_taken_away_ends_what_was_signed_in(stage: ProviderStage) -> None:
    stage.sign_in()
    cookies = dict(stage.browser.cookies)
    stage.browser.cookies.clear()
    stage.there.claims["groups"] = []
    stage.sign_in()
    assert stage.desk.sessions.actor(cookies) is None


def test_several_roles_are_a_choice(stage: ProviderStage) -> None:
    stage.there.claims["groups"] = ["desk", "desk-compliance"]
    answer = stage.sign_in("/sign-in?go=1&next=%2Fqueries%3Fa%3D1")
    assert answer.headers["location"] == "/sign-in/role?next=%2Fqueries%3Fa%3D1"
    assert stage.who() is None
    page = stage.get(answer.headers["location"])
    assert 'value="support"' in page.text and 'value="compliance"' in page.text
    assert 'value="admin"' not in page.text and 'value="/queries?a=1"' in page.text
    chosen = stage.post("/sign-in/role", role="compliance", next="/queries?a=1")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/queries?a=1")
    who = stage.who()
    assert who is not None and who.role is Role.COMPLIANCE


def test_who_has_not_chosen_yet_comes_back_to_the_choice(stage: ProviderStage) -> None:
    stage.there.claims["groups"] = ["desk", "desk-compliance"]
    stage.sign_in()
    first = stage.get("/queries")
    assert (
        stage.get(first.headers["location"]).headers["location"] == "/sign-in/role?next=%2Fqueries"
    )


def test_the_role_can_be_changed_later(stage: ProviderStage) -> None:
    stage.there.claims["groups"] = ["desk", "desk-compliance"]
    stage.sign_in()
    stage.post("/sign-in/role", role="support")
    before = dict(stage.browser.cookies)
    assert stage.get("/sign-in/role").text.count("Your role now") == 1
    stage.post("/sign-in/role", role="compliance")
    who = stage.who()
    assert who is not None and who.role is Role.COMPLIANCE
    assert stage.desk.sessions.actor(before) is None


def test_a_role_is_chosen_in_time_and_of_those_granted(stage: ProviderStage) -> None:
    stage.there.claims["groups"] = ["desk", "desk-compliance"]
    stage.sign_in()
    assert stage.post("/sign-in/role", role="admin").status_code == 403
    assert stage.post("/sign-in/role", role="emperor").status_code == 400
    stage.clock.forward(minutes=10)
    late = stage.post("/sign-in/role", role="support", next="/queries")
    assert late.status_code == 403 and "next=%2Fqueries" in late.text
    assert stage.who() is None


def test_the_provider_is_down_and_who_is_signed_in_goes_on(stage: ProviderStage) -> None:
    stage.sign_in()
    work_on_for_an_hour(stage)
    stage.there.is_down = True
    answer = httpx.get(f"{stage.url}/sign-in", headers={"accept": "text/html"})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "30"
    assert "does not answer" in answer.text and "Try again" in answer.text
    assert stage.get("/queries").text == "the dashboard"


def test_whoever_was_signed_out_is_not_signed_in_again_at_once(stage: ProviderStage) -> None:
    stage.sign_in()
    stage.clock.forward(minutes=15)
    answer = stage.get("/sign-in?next=%2Fqueries")
    assert answer.status_code == 200 and "Your sign-in has ended" in answer.text
    assert "/sign-in?go=1&amp;next=%2Fqueries" in answer.text


def test_there_are_no_cards_with_a_provider(stage: ProviderStage) -> None:
    assert stage.post("/sign-in", role="admin").status_code == 405
    assert "Who is working today" not in stage.get("/sign-in").text
    assert stage.who() is None


def test_without_a_log_nobody_is_signed_in_and_told_so(
    stage: ProviderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_more: object) -> str:
        raise LogUnavailable("The log does not answer (OperationalError).")

    monkeypatch.setattr(stage.desk.sign_ins, "begin", fail)
    answer = stage.sign_in()
    assert answer.status_code == 503 and "The log does not answer" in answer.text
    assert "Try again" in answer.text and stage.who() is None
