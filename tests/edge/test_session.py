"""What open pages are told of their sign-in, and what renews it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from services import desk as running
from services.desk import Desk
from services.edge import routes, session
from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE
from services.store import Store
from tests.clock import FakeClock
from tests.serving import serve
from tests.staff.sign_in.sign_in_desk import ALEX, SASHA, SignInDesk

PATH = "/desk/session"


class Page:
    """An open page, whose browser has the cookie of a session."""

    def __init__(self, base: httpx.Client, desk: SignInDesk, role: Role = Role.SUPPORT) -> None:
        self._base = base
        self.desk = desk
        self.token = desk.begin(SASHA, role)
        who = desk.who(self.token)
        assert who is not None
        self.question: dict[str, Any] = {"tag": who.tag, "session": who.session}

    def ask(self, token: str | None = None, **more: Any) -> httpx.Response:
        """Ask with the cookie `token`, or that of the page's own session."""
        cookie = {COOKIE: self.token if token is None else token}
        self._base.cookies = httpx.Cookies(cookie)
        return self._base.post(PATH, json=self.question | more)


@pytest.fixture
def page(
    sqlite_store: Store, clock: FakeClock, running_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """A page of the running program, over sessions whose clock obeys."""
    made = SignInDesk(sqlite_store, clock)
    desk = replace(running_desk, sessions=made.sessions, sign_ins=made.sign_ins)
    monkeypatch.setattr(running, "_running", desk)
    headers = {"origin": desk.public_url}
    with (
        serve(Starlette(routes=routes)) as url,
        httpx.Client(base_url=url, headers=headers) as client,
    ):
        yield Page(client, made)


def test_strangers_do_not_use_up_the_threads_that_keep_webhooks(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def noting(ask: Callable[..., Any], *given: Any) -> Any:
        asked.append(given[0])
        return ask(*given)

    monkeypatch.setattr(session, "look_up", noting)
    page.ask("a forged cookie")
    assert asked == ["a forged cookie"]


def test_a_page_is_told_how_long_its_session_lasts(page: Page) -> None:
    page.desk.clock.forward(minutes=5)
    answer = page.ask()
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"idle": 600, "altogether": 42_900, "renewed": False}


def test_asking_renews_nothing(page: Page) -> None:
    for _ in range(14):
        page.desk.clock.forward(minutes=1)
        assert page.ask().status_code == 200
    page.desk.clock.forward(minutes=1)
    over = page.ask()
    assert (over.status_code, over.json()) == (401, {"why": "idle"})
    # Nor does it wake what is over.
    assert page.ask(active=True).status_code == 401


def test_what_a_person_does_renews_it(page: Page) -> None:
    page.desk.clock.forward(minutes=14)
    assert page.ask(active=True).json()["idle"] == 900
    page.desk.clock.forward(minutes=14)
    assert page.ask().json()["idle"] == 60


@pytest.mark.parametrize("why", ["sign_out", "revoked", "provider", "too_old"])
def test_a_page_is_told_why_its_session_is_over(page: Page, why: str) -> None:
    desk = page.desk
    if why == "sign_out":
        desk.sign_ins.sign_out(page.token)
    elif why == "provider":
        desk.sign_ins.end_at_provider(SASHA.issuer, subject="sasha", sid=None)
    elif why == "revoked":
        desk.sign_ins.revoke_person(desk.actor(ALEX, Role.ADMIN), SASHA.id)
    else:
        desk.clock.now += timedelta(hours=12)
    answer = page.ask()
    assert (answer.status_code, answer.json()) == (401, {"why": why})


@pytest.mark.parametrize("token", ["", "forged", "a" * 3000])
def test_a_page_without_a_session_is_told_nothing_more(page: Page, token: str) -> None:
    answer = page.ask(token, active=True)
    assert (answer.status_code, answer.json()) == (401, {"why": None})


def test_somebody_else_at_the_same_browser_ends_the_page(page: Page) -> None:
    other = page.desk.begin(ALEX, Role.SUPPORT, replaces=page.token)
    before = page.desk.rows()[-1].last_seen_at
    page.desk.clock.forward(minutes=1)
    answer = page.ask(other, active=True)
    assert (answer.status_code, answer.json()) == (401, {"why": "somebody_else"})
    # What is done on the page of before is no activity of the other.
    assert page.desk.rows()[-1].last_seen_at == before


def test_another_role_of_the_same_person_ends_the_page(page: Page) -> None:
    other = page.desk.begin(SASHA, Role.PRODUCT, replaces=page.token)
    assert page.ask(other).json() == {"why": "somebody_else"}


def test_the_same_person_in_a_new_session_has_the_page_loaded_anew(page: Page) -> None:
    again = page.desk.begin(SASHA, Role.SUPPORT, replaces=page.token)
    page.desk.clock.forward(minutes=1)
    answer = page.ask(again, active=True)
    assert answer.json() == {"idle": 840, "altogether": 43_140, "renewed": True}


@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.test", "http://localhost:1"])
def test_only_our_own_pages_may_ask(page: Page, origin: str | None) -> None:
    page._base.headers.pop("origin")
    if origin is not None:
        page._base.headers["origin"] = origin
    page.desk.clock.forward(minutes=14)
    assert page.ask(active=True).status_code == 403
    page.desk.clock.forward(minutes=1)
    assert page.desk.who(page.token) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"tag": 1}', b'{"tag": "%s"}' % (b"x" * 99)])
def test_what_is_no_question_is_refused(page: Page, body: bytes) -> None:
    page._base.cookies = httpx.Cookies({COOKIE: page.token})
    assert page._base.post(PATH, content=body).status_code == 400


def test_a_question_without_end_is_not_read(page: Page) -> None:
    assert page._base.post(PATH, content=b"x" * 100_000).status_code == 400
