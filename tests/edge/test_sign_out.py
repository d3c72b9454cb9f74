"""Sign-out by the person, here and at the provider, and by the provider on its own channel."""

import httpx
import pytest

from services.staff.sign_in.sessions import COOKIE
from tests.edge.provider_stage import (
    ProviderStage,
    cookie_of,
    stage,
    work_on_for_an_hour,
)

__all__ = ["stage"]


def test_sign_out_ends_the_session_here_and_leads_on(stage: ProviderStage) -> None:
    stage.sign_in()
    stolen = dict(stage.browser.cookies)
    answer = stage.post("/sign-in/out")
    assert answer.status_code == 200 and 'http-equiv="refresh"' in answer.text
    assert f"{stage.there.issuer}/end?id_token_hint=" in answer.text
    assert "ended%3Dhere" in answer.text and "max-age=0" in cookie_of(answer, f"{COOKIE}=")
    assert stage.desk.sessions.actor(stolen) is None
    assert "Sign in with your company’s account" in stage.get("/sign-in?ended=here").text


def test_sign_out_works_while_the_provider_is_down(stage: ProviderStage) -> None:
    stage.sign_in()
    work_on_for_an_hour(stage)
    stage.there.is_down = True
    answer = stage.post("/sign-in/out")
    assert answer.headers["location"] == "/sign-in?ended=here"
    assert stage.who() is None


@pytest.mark.parametrize("path", ["/sign-in/out", "/sign-in/role"])
@pytest.mark.parametrize("origin", [None, "null", "https://evil.test", "http://localhost:1"])
def test_another_site_signs_nobody_out(stage: ProviderStage, path: str, origin: str | None) -> None:
    stage.sign_in()
    headers = {"origin": origin} if origin else {}
    assert stage.browser.post(path, headers=headers).status_code == 403
    assert stage.get("/sign-in/out").status_code == 405
    assert stage.who() is not None


def test_a_form_of_many_fields_is_no_logout_token(stage: ProviderStage) -> None:
    answer = httpx.post(f"{stage.url}/sign-in/ended", content=b"logout_token=a&" * 30)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_the_provider_ends_sessions_on_its_own_channel(stage: ProviderStage) -> None:
    stage.sign_in()
    token = {"logout_token": stage.there.logout_token()}
    answer = httpx.post(f"{stage.url}/sign-in/ended", data=token)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert stage.who() is None
    ended = [event.details for event in stage.events() if event.action == "session.end"]
    assert ended and (ended[0] or {})["why"] == "provider"


def test_a_session_of_the_provider_is_ended_by_its_own_id(stage: ProviderStage) -> None:
    stage.there.claims["sid"] = "there-1"
    stage.sign_in()
    token = stage.there.logout_token(sub=None, sid="there-2")
    assert stage.browser.post("/sign-in/ended", data={"logout_token": token}).status_code == 200
    assert stage.who() is not None
    token = stage.there.logout_token(sub=None, sid="there-1")
    assert stage.browser.post("/sign-in/ended", data={"logout_token": token}).status_code == 200
    assert stage.who() is None


@pytest.mark.parametrize("wrong", ["signature", "audience", "none", "form", "large"])
def test_what_is_no_token_of_the_provider_ends_nothing(stage: ProviderStage, wrong: str) -> None:
    stage.sign_in()
    right = stage.there.logout_token()
    body = {
        "signature": {"logout_token": right[:-8] + "AAAAAAAA"},
        "audience": {"logout_token": stage.there.logout_token(aud="another")},
        "none": {},
        "form": {"token": right},
        "large": {"logout_token": "x" * 200_000},
    }[wrong]
    answer = stage.browser.post("/sign-in/ended", data=body)
    assert answer.status_code == 400
    assert stage.who() is not None
    assert stage.get("/sign-in/ended").status_code == 405
