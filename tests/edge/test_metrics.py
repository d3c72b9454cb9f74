"""Who gets `/metrics`: a program of this machine, or whoever has the token."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from services.desk import Desk
from services.edge.metrics import routes
from services.errors import LogUnavailable
from tests.edge.stage import edge

TOKEN = "m" * 40


class Scraped:
    """The address alone, asked from any address; `token` is the setting."""

    def __init__(self) -> None:
        self.token = ""
        self.fails = False

    @property
    def metrics_token(self) -> SecretStr:
        return SecretStr(self.token)

    @property
    def metrics(self) -> object:
        return SimpleNamespace(text=self._text)

    def _text(self) -> str:
        if self.fails:
            raise LogUnavailable("The log does not answer.")
        return "m 1\n"

    def ask(
        self,
        client: str = "127.0.0.1",
        host: str = "localhost:8501",
        method: str = "GET",
        **headers: str,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=routes), client=(client, 1))

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as program:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await program.request(method, "/metrics", headers={"host": host} | named)

        return asyncio.run(send())


@pytest.fixture
def scraped(monkeypatch: pytest.MonkeyPatch) -> Scraped:
    made = Scraped()
    monkeypatch.setattr("services.desk._running", made)
    return made


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", ["localhost:8501", "LOCALHOST", "127.0.0.1:9", "[::1]:8501", "[::1]"]
)
def test_a_program_of_this_machine_needs_no_token(scraped: Scraped, client: str, host: str) -> None:
    answer = scraped.ask(client, host)
    assert (answer.status_code, answer.text) == (200, "m 1\n")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "client", ["10.0.0.7", "203.0.113.9", "::ffff:10.0.0.7", "fe80::1", "testclient", ""]
)
def test_another_machine_learns_nothing_without_a_token(scraped: Scraped, client: str) -> None:
    answer = scraped.ask(client)
    assert (answer.status_code, answer.text) == (404, "no such address\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [("x_forwarded_for", "127.0.0.1"), ("x_forwarded_for", "203.0.113.9"),
     ("forwarded", "for=[::1]"), ("x_real_ip", "127.0.0.1"), ("via", "1.1 proxy"),
     ("x_forwarded_proto", "https"), ("x_forwarded_host", "localhost")],
)  # fmt: skip
def test_a_proxy_on_this_machine_is_not_this_machine(
    scraped: Scraped, name: str, value: str
) -> None:
    assert scraped.ask(**{name: value}).status_code == 404


@pytest.mark.parametrize(
    "host",
    ["desk.example.org", "localhost.example.org", "evil.test:8501", "", "127.0.0.1.evil.test"],
)
def test_a_name_that_was_made_to_lead_here_is_not_this_machine(scraped: Scraped, host: str) -> None:
    assert scraped.ask(host=host).status_code == 404


def test_with_a_token_it_is_needed_wherever_one_asks_from(scraped: Scraped) -> None:
    scraped.token = TOKEN
    assert scraped.ask(
        "203.0.113.9", "desk.example.org", authorization=f"Bearer {TOKEN}"
    ).is_success
    passed_on = {"authorization": f"bearer {TOKEN}", "x_forwarded_for": "203.0.113.9"}
    assert scraped.ask(**passed_on).is_success
    refused = scraped.ask()
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer",
    ],
)
def test_a_wrong_token_is_refused(scraped: Scraped, authorization: str) -> None:
    scraped.token = TOKEN
    assert scraped.ask(authorization=authorization).status_code == 401


def test_a_log_that_does_not_answer_is_told(scraped: Scraped) -> None:
    scraped.fails = True
    assert scraped.ask().status_code == 503


def test_it_is_only_read(scraped: Scraped) -> None:
    assert scraped.ask(method="POST").status_code == 405
    assert scraped.ask(method="HEAD").status_code == 200


def test_the_whole_program_answers_behind_its_gate(running_desk: Desk) -> None:
    with edge() as address:
        answer = httpx.get(f"{address}/metrics", timeout=60)
        assert answer.status_code == 200
        assert "access_desk_build_info" in answer.text
        assert 'access_desk_worker_heartbeat_age_seconds{worker="reconciler"}' in answer.text
        assert (
            httpx.get(f"{address}/metrics", headers={"host": "evil.test"}, timeout=60).status_code
            == 404
        )
