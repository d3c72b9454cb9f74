"""`uvicorn services.edge:app`: what it answers, what it does not, and what it leaves alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import select

from services.addresses import WEBHOOK_PATH
from services.clock import utc_now
from services.metriport.signature import HEADER, sign
from services.store import Store
from services.store.tables import Heartbeat, WebhookEvent
from services.vault import Vault
from services.webhooks.interpreter import WebhookInterpreter
from tests.account import SECRET, WEBHOOK_KEY, Account, make_account, served
from tests.benchmarks.receiver_load import make_message
from tests.browser.conftest import ROOT

PUBLIC = "services.edge:app"
TOKEN = "t" * 40
BROWSER = {"accept": "text/html", "sec-fetch-mode": "navigate"}
NOT_HERE = ["/", "/patients", "/webhooks", "/webhooks/other", "/sign-in", "/sign-in/callback",
            "/sign-in/ended", "/desk/changes", "/desk/session", "/metrics", "/sandbox",
            "/sandbox/settings", "/sandbox/hosted/x", "/static/x.js", "/media/x.csv",
            "/_stcore/health", "/_stcore/stream", "/healthz/"]  # fmt: skip


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A company with a log of its own."""
    return make_account(tmp_path_factory.mktemp("public"), CONSENT_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def client(account: Account) -> Iterator[httpx.Client]:
    """Somebody on the internet, behind the company's proxy."""
    with served(PUBLIC, account) as program:
        host = {"host": urlsplit(account.public_url).netloc}
        with httpx.Client(base_url=program.url, headers=host, timeout=30) as client:
            yield client


@pytest.fixture
def log(account: Account) -> Iterator[Store]:
    """The log of the process, as the dashboard's process has it open."""
    store = Store(f"sqlite:///{account.folder}/access-desk.db")
    yield store
    store.close()


def deliver(client: httpx.Client, body: bytes) -> httpx.Response:
    headers = {HEADER: sign(WEBHOOK_KEY, body), "host": "any.host"}
    return client.post(WEBHOOK_PATH, content=body, headers=headers)


def test_a_message_is_kept_and_waits_for_the_dashboard(client: httpx.Client, log: Store) -> None:
    answer = deliver(client, make_message("m-1"))
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["cache-control"] == "no-store"
    with log.read() as session:
        event = session.exec(select(WebhookEvent)).one()
    assert (event.message_id, event.status) == ("m-1", "received")
    # By the keys that both processes have.
    WebhookInterpreter(log, Vault([SECRET]), utc_now).interpret_waiting()
    with log.read() as session:
        assert session.get_one(WebhookEvent, event.id).status == "processed"


def test_a_ping_is_answered(client: httpx.Client) -> None:
    body = b'{"ping": "abc", "meta": {"messageId": "m-ping", "type": "ping"}}'
    assert deliver(client, body).json() == {"pong": "abc"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("POST", WEBHOOK_PATH, 401),
        ("GET", WEBHOOK_PATH, 405),
        ("GET", "/ias/go/no-such-link", 404),
        ("POST", "/ias/go/no-such-link", 404),
        ("GET", "/ias/return/identity", 400),
        ("GET", "/ias/return/aal2", 400),
        ("GET", "/ias/consent/no-such-link", 404),
        ("POST", "/consents", 401),
        ("PUT", "/consents", 405),
        *(("GET", path, 404) for path in NOT_HERE),
        *(("POST", path, 404) for path in NOT_HERE),
    ],
)
def test_each_address_answers_with_headers_and_without_a_cookie(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers=BROWSER)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"]


def test_nothing_leads_to_the_dashboard(client: httpx.Client) -> None:
    assert "href" not in client.get("/patients", headers=BROWSER).text
    assert client.get("/patients").text == "no such address\n"


def test_patients_come_to_the_public_address_only(client: httpx.Client) -> None:
    assert client.get("/ias/go/x", headers={"host": "elsewhere.test"}).status_code == 400
    assert client.get("/readyz", headers={"host": "10.0.0.7"}).status_code == 200


def test_a_websocket_is_refused(client: httpx.Client) -> None:
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert client.get("/_stcore/stream", headers=headers).status_code == 403


def test_it_does_not_pass_for_the_background_work(client: httpx.Client, log: Store) -> None:
    with log.read() as session:
        assert session.exec(select(Heartbeat)).all() == []


def test_its_end_writes_what_was_refused(tmp_path: Path) -> None:
    account = make_account(tmp_path)
    with served(PUBLIC, account) as program:
        for _ in range(3):
            assert httpx.post(program.url + WEBHOOK_PATH, content=b"{}").status_code == 401
    store = Store(f"sqlite:///{tmp_path}/access-desk.db")
    with store.read() as session:
        assert [event.deliveries for event in session.exec(select(WebhookEvent)).all()] == [3]
    store.close()


@pytest.mark.parametrize(
    ("settings", "named"),
    [({}, "METRIPORT_API_KEY: "), ({"METRIPORT_API_KEY": "k"}, "METRIPORT_WEBHOOK_KEY: ")],
)
def test_a_start_without_a_real_account_is_refused_and_says_why(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    data = tmp_path / "data"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(data), **settings}
    command = [sys.executable, "-m", "uvicorn", PUBLIC, "--port", "0"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode != 0
    assert f"Access Desk cannot start. {named}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not data.exists()


def test_to_import_it_starts_nothing(tmp_path: Path) -> None:
    program = "import threading, services.edge; print(threading.active_count(), services.edge.app)"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "PORT": "no"}
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.stdout.startswith("1 "), ended.stderr
    assert not (tmp_path / "data").exists()
