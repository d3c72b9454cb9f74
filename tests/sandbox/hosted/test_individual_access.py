"""Identity sessions, AAL2 challenges, their hosted pages, and what an IAS query must bring."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.sandbox import Sandbox
from services.sandbox.hosted.handlers import MOST_WRONG_CODES
from services.sandbox.hosted.identities import AAL2_SESSION_LASTS
from tests.clock import FakeClock
from tests.sandbox.stage import Receiver

RETURN = "http://localhost:9/back"
QUERY = "/medical/v1/network/query"
Somebody = Callable[..., dict[str, Any]]


@pytest.fixture
def api(api: httpx.Client) -> httpx.Client:
    """A client of a sandbox whose allowlist has one URL."""
    allow(api, RETURN)
    return api


def allow(api: httpx.Client, *urls: str) -> None:
    api.post("/_control", json={"redirectUrls": list(urls)}).raise_for_status()


def visitor() -> httpx.Client:
    """A browser of its own: it keeps cookies and follows nothing."""
    return httpx.Client(follow_redirects=False)


def open_session(api: httpx.Client, patient: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"patientId": patient["id"], "redirectUrl": RETURN} | more
    return api.post("/medical/v1/identity/session", json=body).json()


def verified(api: httpx.Client, sandbox: Sandbox, patient: dict[str, Any]) -> str:
    """The person's new proofed identity, as the webhook names it."""
    with visitor() as window:
        url = open_session(api, patient)["sessionUrl"]
        window.get(url)
        window.post(url, data={"do": "complete"})
    return sandbox._up.messages.due(sandbox._up.clock().replace(year=2100))[-1].content["identity"][
        "proofedIdentityId"
    ]


def challenge(api: httpx.Client, identity_id: str) -> dict[str, Any]:
    body = {"proofedIdentityId": identity_id, "redirectUrl": RETURN}
    return api.post("/medical/v1/identity/aal2/challenge", json=body).json()


def shown_code(page: str) -> str:
    return page.split('<code id="now">')[1][:6]


def satisfied(api: httpx.Client, identity_id: str) -> str:
    """A fresh AAL2 session of that identity."""
    with visitor() as window:
        url = challenge(api, identity_id)["challengeUrl"]
        page = window.get(url).text
        code = shown_code(page) if "now" in page else ""
        back = window.post(url, data={"do": "complete", "code": code}).headers["location"]
    query = parse_qs(urlsplit(back).query)
    assert query["status"] == ["verified"] and back.startswith(RETURN + "?")
    return query["aal2SessionId"][0]


def ask(
    api: httpx.Client, patient: dict[str, Any], identity_id: str | None, session_id: str | None
) -> httpx.Response:
    body = {"sources": ["hie"], "proofedIdentityId": identity_id}
    headers = {"x-aal2-session": session_id} if session_id else {}
    params = {"patientId": patient["id"], "purposeOfUse": "ias"}
    return api.post(QUERY, params=params, json=body, headers=headers)


def test_a_person_is_verified_and_the_webhook_says_so(
    api: httpx.Client, receiver: Receiver, sandbox: Sandbox, clock: FakeClock, somebody: Somebody
) -> None:
    patient = somebody()
    opened = open_session(api, patient, metadata={"k": "v"})
    assert opened["sessionId"].startswith("ids_") and opened["status"] == "pending"
    with visitor() as window:
        assert patient["firstName"] in window.get(opened["sessionUrl"]).text
        back = window.post(opened["sessionUrl"], data={"do": "complete"})
    assert (back.status_code, back.headers["location"]) == (303, RETURN)
    clock.forward(seconds=3)
    sandbox.advance()
    (body,) = receiver.of("ias.identity.verified")
    assert body["meta"]["data"] == {"k": "v"} and "requestId" not in body["meta"]
    assert body["payload"]["sessionId"] == opened["sessionId"]
    assert body["payload"]["patientId"] == patient["id"]
    assert body["payload"]["proofedIdentityId"].startswith("pid_")


@pytest.mark.parametrize(("end", "status"), [("fail", 303), ("leave", 200)])
def test_failing_and_leaving_tell_nobody(
    api: httpx.Client, receiver: Receiver, sandbox: Sandbox, clock: FakeClock, somebody: Somebody,
    end: str, status: int,
) -> None:  # fmt: skip
    url = open_session(api, somebody())["sessionUrl"]
    with visitor() as window:
        window.get(url)
        back = window.post(url, data={"do": end})
        assert back.status_code == status
        assert window.post(url, data={"do": "complete"}).status_code == 410
    clock.forward(minutes=5)
    sandbox.advance()
    assert receiver.of("ias.identity.verified") == []


def test_a_page_opens_once_and_for_one_browser(api: httpx.Client, somebody: Somebody) -> None:
    url = open_session(api, somebody())["sessionUrl"]
    with visitor() as first, visitor() as second:
        assert first.get(url).status_code == 200
        assert second.get(url).status_code == 410
        assert second.post(url, data={"do": "complete"}).status_code == 410
        assert first.get(url).status_code == 200
        assert first.post(url, data={"do": "complete"}).status_code == 303
        assert first.get(url).status_code == 410
        assert first.get(url[:-3]).status_code == 404
        assert first.post(url[:-3]).status_code == 404


def test_a_page_expires(api: httpx.Client, clock: FakeClock, somebody: Somebody) -> None:
    opened = open_session(api, somebody())
    clock.forward(hours=1)
    with visitor() as window:
        assert window.get(opened["sessionUrl"]).status_code == 410


@pytest.mark.parametrize(
    "url", ["https://evil.test/back", RETURN + "/", RETURN + "?x=1", "http://evil.test", "x", ""]
)
@pytest.mark.parametrize("path", ["session", "aal2/challenge"])
def test_only_what_is_on_the_allowlist_is_redirected_to(
    api: httpx.Client, somebody: Somebody, url: str, path: str
) -> None:
    body = {"patientId": somebody()["id"], "proofedIdentityId": "pid_x", "redirectUrl": url}
    refused = api.post(f"/medical/v1/identity/{path}", json=body)
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("redirectUrl: ")


def test_who_is_not_known_gets_no_page(api: httpx.Client) -> None:
    body = {"patientId": "nobody", "proofedIdentityId": "pid_nobody", "redirectUrl": RETURN}
    for path in ("session", "aal2/challenge"):
        assert api.post(f"/medical/v1/identity/{path}", json=body).status_code == 404
    missing = api.post("/medical/v1/identity/session", json={"redirectUrl": RETURN})
    assert missing.json()["detail"] == "patientId: is required"


def test_a_code_is_really_checked(
    api: httpx.Client, sandbox: Sandbox, clock: FakeClock, somebody: Somebody
) -> None:
    identity = verified(api, sandbox, somebody())
    opened = challenge(api, identity)
    assert opened["method"] == "totp" and opened["challengeId"].startswith("aalc_")
    url = opened["challengeUrl"]
    with visitor() as window:
        code = shown_code(window.get(url).text)
        wrong = str((int(code) + 1) % 1_000_000).zfill(6)
        again = window.post(url, data={"do": "complete", "code": wrong})
        assert again.status_code == 200 and "not right" in again.text
        for nonsense in ("", "12345", "abcdef"):
            assert "not right" in window.post(url, data={"do": "complete", "code": nonsense}).text
        clock.forward(seconds=30)
        assert window.post(url, data={"do": "complete", "code": code}).status_code == 303


def test_too_many_wrong_codes_fail_the_challenge(
    api: httpx.Client, sandbox: Sandbox, somebody: Somebody
) -> None:
    url = challenge(api, verified(api, sandbox, somebody()))["challengeUrl"]
    with visitor() as window:
        window.get(url)
        for _ in range(MOST_WRONG_CODES):
            window.post(url, data={"do": "complete", "code": "x"})
        code = shown_code(window.get(url).text)
        back = window.post(url, data={"do": "complete", "code": code})
    assert back.headers["location"] == f"{RETURN}?status=failed"


def test_a_session_serves_one_query(
    api: httpx.Client, receiver: Receiver, sandbox: Sandbox, clock: FakeClock, somebody: Somebody
) -> None:
    patient = somebody()
    identity = verified(api, sandbox, patient)
    session = satisfied(api, identity)
    assert ask(api, patient, identity, session).status_code == 200
    again = ask(api, patient, identity, session)
    assert (again.status_code, again.json()["detail"]) == (403, "The AAL2 session was already used")
    clock.forward(hours=1)
    sandbox.advance()
    assert receiver.of("network-query.hie")[0]["payload"]["purposeOfUse"] == "ias"


def test_fifty_at_once_are_one(api: httpx.Client, sandbox: Sandbox, somebody: Somebody) -> None:
    patient = somebody()
    identity = verified(api, sandbox, patient)
    session = satisfied(api, identity)
    with ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda _: ask(api, patient, identity, session).status_code, range(50))
    assert sorted(answers) == [200, *[403] * 49]


def test_each_lack_is_refused_with_its_reason(
    api: httpx.Client, sandbox: Sandbox, clock: FakeClock, somebody: Somebody
) -> None:
    patient, other = somebody(), somebody("slow")
    identity, other_identity = (verified(api, sandbox, one) for one in (patient, other))
    session, other_session = satisfied(api, identity), satisfied(api, other_identity)
    assert ask(api, patient, None, session).status_code == 400
    assert ask(api, patient, identity, None).status_code == 400
    assert ask(api, patient, "pid_unknown", session).status_code == 404
    refusals = [
        (identity, "aal2_unknown", "The AAL2 session is not known"),
        (other_identity, other_session, "The proofed identity belongs to another patient"),
        (identity, other_session, "The AAL2 session belongs to another identity"),
    ]
    for pid, aal2, detail in refusals:
        refused = ask(api, patient, pid, aal2)
        assert (refused.status_code, refused.json()["detail"]) == (403, detail)
    clock.now += AAL2_SESSION_LASTS
    expired = ask(api, patient, identity, session)
    assert expired.json()["detail"] == "The AAL2 session has expired"


def test_an_identity_becomes_inactive(
    api: httpx.Client, sandbox: Sandbox, somebody: Somebody
) -> None:
    patient = somebody("identity_inactive")
    identity = verified(api, sandbox, patient)
    session = satisfied(api, identity)
    refused = ask(api, patient, identity, session)
    assert (refused.status_code, refused.json()["title"]) == (412, "PreconditionFailedError")
    assert challenge(api, identity)["status"] == 412


def test_identities_of_the_past_are_known(api: httpx.Client, sandbox: Sandbox) -> None:
    past = [one for one in sandbox.history() if one.proofed_identity_id]
    good = next(one for one in past if one.answer)
    assert challenge(api, good.proofed_identity_id or "")["challengeId"]
    bad = next(one for one in past if one.error and one.error["status"] == 412)
    assert challenge(api, bad.proofed_identity_id or "")["status"] == 412


def test_hosted_pages_bring_nothing_from_elsewhere(api: httpx.Client, somebody: Somebody) -> None:
    with visitor() as window:
        page = window.get(open_session(api, somebody())["sessionUrl"])
    assert "http" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
