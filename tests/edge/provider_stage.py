"""The gate and the sign-in routes of a program with an API key, in front of a fake provider."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from services.bootstrap import build
from services.desk import Desk, running
from services.edge import routes, sign_in, unknown_routes
from services.edge.gate import Dashboard, Gate
from services.settings import Settings
from services.staff.permissions import Actor
from services.staff.sign_in.sessions import COOKIE
from services.store.tables import AuditEvent
from tests.clock import FakeClock
from tests.serving import serve
from tests.staff.fake_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, fake_provider

GROUPS = "desk=support,desk-compliance=compliance,desk-admin=admin"


@dataclass
class ProviderStage:
    """The program under `url`, and one browser that is not sent on by itself."""

    url: str
    desk: Desk
    there: FakeProvider
    clock: FakeClock
    browser: httpx.Client

    def get(self, path: str) -> httpx.Response:
        """Open an address of the program."""
        return self.browser.get(path)

    def post(self, path: str, **form: str) -> httpx.Response:
        """Send a form as a page of the program does."""
        return self.browser.post(path, data=form, headers={"origin": self.url})

    def go_there(self, path: str = "/sign-in?go=1") -> dict[str, str]:
        """Begin a sign-in, consent, and answer what stands in the address that leads back."""
        answer = self.get(path)
        assert answer.status_code == 303, answer.text
        return self.there.consent(answer.headers["location"])

    def come_back(self, answer: dict[str, str]) -> httpx.Response:
        """Follow the way back."""
        return self.browser.get("/sign-in/callback", params=answer)

    def sign_in(self, path: str = "/sign-in?go=1") -> httpx.Response:
        """A whole sign-in; answers what the way back brought."""
        return self.come_back(self.go_there(path))

    def who(self) -> Actor | None:
        """Who is signed in by the browser's cookies."""
        return self.desk.sessions.actor(dict(self.browser.cookies))

    def events(self) -> list[AuditEvent]:
        """The access log."""
        with self.desk.store.read() as session:
            return list(session.exec(select(AuditEvent).order_by(col(AuditEvent.seq))).all())

    def refusals(self) -> list[tuple[str, str]]:
        """Who was refused, and why."""
        refused = [event for event in self.events() if event.outcome == "refused"]
        return [(event.actor, (event.details or {})["why"]) for event in refused]


def cookie_of(answer: httpx.Response, name: str) -> str:
    """The attributes of the cookie that an answer sets, in lower case."""
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(name)]
    return cookie.partition(";")[2].lower()


def work_on_for_an_hour(stage: ProviderStage) -> None:
    """After it, what the provider publishes is read anew; whoever is signed in still is."""
    for _ in range(6):
        stage.clock.forward(minutes=10)
        stage.desk.sign_ins.touch(stage.browser.cookies[COOKIE])


async def _shell(_request: Request) -> Response:
    return HTMLResponse("the dashboard")


@pytest.fixture
def stage(tmp_path: Path, clock: FakeClock) -> Iterator[ProviderStage]:
    """Everything but the pages, over HTTP."""
    dashboard = Dashboard(pages=["queries", "patient"])
    composed = [*routes, *sign_in.routes, *unknown_routes, Route("/{path:path}", _shell)]
    app = Starlette(routes=composed, middleware=[Middleware(Gate, dashboard)])
    with fake_provider(clock) as there, serve(app) as base_url:
        port = urlsplit(base_url).port or 0
        built = build(_settings(tmp_path, there, port), port, clock)
        url = built.public_url
        headers = {"accept": "text/html", "user-agent": "Firefox/140.0 (Linux)"}
        with running(built) as desk, httpx.Client(base_url=url, headers=headers) as browser:
            yield ProviderStage(url, desk, there, clock, browser)


def _settings(folder: Path, there: FakeProvider, port: int) -> Settings:
    return Settings(
        _env_file=None,
        metriport_api_key="key",
        metriport_base_url="http://localhost:1",
        metriport_webhook_key="hook",
        public_url=f"http://localhost:{port}",
        secret_key="k" * 40,
        signing_key="s" * 43,
        data_dir=folder,
        name_index=False,
        oidc_issuer=there.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        role_map=GROUPS,
    )
