"""Every public address, with every method, and what looks like one: never the dashboard."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from services.desk import Desk, desk
from services.staff.permissions import Role
from tests.desk import FakeSignIn
from tests.edge.stage import METHODS, SHELL, edge, own_host, own_origin
from tests.staff_members import STAFF

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def ask(running_desk: Desk, sign_in: FakeSignIn) -> Iterator[Ask]:
    """One request as a browser sends it, without following where it leads; nobody is signed in."""
    sign_in.who = None
    headers = {"accept": "text/html"} | own_host()
    with edge() as url, httpx.Client(base_url=url, headers=headers, verify=False) as browser:
        yield browser.request


ADDRESSES = {
    "/webhooks/metriport": {"POST": 401},
    "/ias/go/no-such-token": {"GET": 404, "HEAD": 404, "POST": 404},
    "/ias/return/identity": {"GET": 400},
    "/ias/return/aal2": {"GET": 400},
    "/healthz": {"GET": 200, "HEAD": 200},
    "/readyz": {"GET": 200, "HEAD": 200},
    "/sign-in": {"GET": 200, "HEAD": 200, "POST": 403},
    "/sign-in/out": {"POST": 403},
    "/sign-in/role": {"GET": 303, "HEAD": 303, "POST": 403},
    "/sign-in/callback": {"GET": 404},
    "/sign-in/ended": {"POST": 404},
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ADDRESSES)
def test_an_address_answers_its_methods_and_refuses_the_others(
    ask: Ask, path: str, method: str
) -> None:
    answer = ask(method, path)
    assert answer.status_code == ADDRESSES[path].get(method, 405)
    assert SHELL not in answer.text
    if answer.status_code == 405:
        assert set(answer.headers["allow"].split(", ")) == set(ADDRESSES[path])


UNKNOWN = [
    "/webhooks/", "/webhooks/foo", "/webhooks/metriport/", "/webhooks/metriportX",
    "/webhooks/metriport/x", "/webhooks/%2e%2e/",
    "/ias/", "/ias/go", "/ias/go/", "/ias/go/a/b", "/ias/goX", "/ias/return/nonsense",
    "/ias/return/identity/", "/ias/return/aal2X", "/ias/return", "/ias//go/x", "/ias/GO/x",
    "/sign-in/", "/sign-in/foo", "/sign-in/out/", "/sign-in/outX",
]  # fmt: skip


@pytest.mark.parametrize("path", UNKNOWN)
def test_what_is_under_our_paths_and_nothing_else_is_not_found(ask: Ask, path: str) -> None:
    for method in METHODS:
        answer = ask(method, path)
        assert answer.status_code in (404, 405), method
        assert answer.status_code == 404 or method not in ("GET", "HEAD", "POST")
        assert SHELL not in answer.text


@pytest.mark.parametrize("path", ["/desk", "/desk/", "/desk/foo", "/desk/changes/x"])
def test_nor_is_it_the_dashboard_for_who_is_signed_in(
    ask: Ask, sign_in: FakeSignIn, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(sign_in, "who", STAFF[Role.SUPPORT])
    for method in ("GET", "POST"):
        answer = ask(method, path, headers=own_origin())
        assert answer.status_code == 404 and SHELL not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/", "/sign-inXYZ", "/healthzzz", "/healthz/", "/healthz/x", "/readyzz", "/readyz/",
     "/webhooksX", "/webhooks", "/ias", "/iasX", "/sandbox", "/sandboxX", "/staticX", "/static",
     "/HEALTHZ", "/_stcore/healthX", "/_stcore/health/x", "/_stcore/stream", "//healthz",
     "/Sign-in", "/x/sign-in"],
)  # fmt: skip
def test_what_only_looks_like_an_open_address_needs_a_sign_in(ask: Ask, path: str) -> None:
    page = ask("GET", path)
    assert (page.status_code, page.headers["location"].split("?")[0]) == (303, "/sign-in")
    for method in METHODS:
        assert SHELL not in ask(method, path).text
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(method, path, headers=own_origin()).status_code == 401


@pytest.mark.parametrize("path", ["/static/", "/static/foo", "/static/js/foo.js", "/static/../"])
def test_where_streamlit_has_no_file_there_is_no_dashboard(ask: Ask, path: str) -> None:
    for method in METHODS:
        answer = ask(method, path)
        assert answer.status_code in (303, 401, 403, 404) and SHELL not in answer.text


@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/foo", "/sandbox/medical/v1/foo"])
def test_the_sandbox_answers_for_itself(ask: Ask, path: str) -> None:
    for method in METHODS:
        assert SHELL not in ask(method, path).text


def test_a_broken_link_speaks_to_the_patient(ask: Ask) -> None:
    assert "This link does not work" in ask("GET", "/ias/go/").text


def test_a_form_that_is_no_form_of_ours_is_refused(ask: Ask) -> None:
    ours = {"origin": desk().public_url}
    assert ask("POST", "/sign-in", content=b"x" * 20_000, headers=ours).status_code == 400
