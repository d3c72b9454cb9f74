import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox import Sandbox, SandboxConfig
from services.sandbox.people import load_people
from tests.clock import FakeClock
from tests.sandbox.stage import HOOK, SANDBOX, Receiver, Stage
from tests.serving import serve

ROOT = Path(__file__).resolve().parents[2]
QUERIES = "/medical/v1/network/query"


def test_the_first_start_takes_less_than_three_seconds(tmp_path: Path) -> None:
    before = time.monotonic()
    Sandbox(SandboxConfig(tmp_path / "new" / "sandbox.db", "http://localhost", None)).stop()
    assert time.monotonic() - before < 3


def test_the_first_key_may_be_given(tmp_path: Path, clock: FakeClock) -> None:
    config = SandboxConfig(tmp_path / "sandbox.db", "http://localhost", "http://x", "the key")
    sandbox = Sandbox(config, clock)
    assert sandbox.webhook_key == "the key"
    sandbox.stop()


def test_what_was_there_is_there_after_a_restart(
    sandbox: Sandbox, api: httpx.Client, stage: Stage, tmp_path: Path, clock: FakeClock
) -> None:
    patient_id = load_people()[0].patient["id"]
    params = {"patientId": patient_id}
    begun = api.post(QUERIES, params=params, json={"sources": ["lab"]}).json()
    key, history, before = sandbox.webhook_key, sandbox.history(), api.get("/settings").json()
    sandbox.stop()

    clock.forward(hours=1)
    path = tmp_path / "sandbox.db"
    again = Sandbox(SandboxConfig(path, stage.base_url + SANDBOX, "http://other", "k"), clock)
    stage.parts[SANDBOX] = again.app
    assert again.webhook_key == key
    assert again.history() == history
    assert api.get("/settings").json() == before
    assert api.get(f"{QUERIES}/{begun['requestId']}").json()["status"] == "completed"
    assert api.get("/medical/v1/patient").json()["meta"]["itemsInTotal"] == len(load_people())
    again.stop()


def test_the_thread_finishes_and_delivers_by_itself(
    stage: Stage, client: httpx.Client, sandbox_file: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "sandbox.db"
    path.write_bytes(sandbox_file)
    stage.parts[HOOK] = receiver = Receiver()
    sandbox = Sandbox(SandboxConfig(path, stage.base_url + SANDBOX, None, speed=1000))
    stage.parts[SANDBOX] = sandbox.app
    sandbox.start()
    client.post("/settings", json={"webhookUrl": stage.base_url + HOOK})
    params = {"patientId": load_people()[0].patient["id"]}
    client.post(QUERIES, params=params, json={"sources": ["lab"]})
    deadline = time.monotonic() + 5
    while len(receiver.deliveries) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    sandbox.stop()
    assert receiver.types == ["ping", "network-query.lab"]


def test_a_sandbox_can_be_stopped_twice(sandbox: Sandbox) -> None:
    sandbox.start()
    sandbox.start()
    sandbox.stop()
    sandbox.stop()


def test_the_app_can_be_served_without_a_mount(sandbox: Sandbox) -> None:
    with serve(sandbox.app) as url:
        answer = httpx.get(f"{url}/settings", headers={"x-api-key": sandbox.api_key})
    assert answer.status_code == 200


def test_many_at_once_get_in_nobodys_way(
    sandbox: Sandbox, api: httpx.Client, receiver: Receiver, clock: FakeClock
) -> None:
    params = {"patientId": load_people()[0].patient["id"]}

    def start(type_: str) -> int:
        answer = api.post(QUERIES, params=params, json={"sources": [type_]})
        sandbox.advance()
        return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(start, ["lab", "pharmacy"] * 20)) == {200}
        clock.forward(seconds=30)
        arrived = sum(pool.map(lambda _: sandbox.advance(), range(8)))
    assert arrived == len(receiver.deliveries) == 40


def test_nothing_about_a_request_is_logged(
    sandbox: Sandbox,
    api: httpx.Client,
    receiver: Receiver,
    clock: FakeClock,
    somebody: Callable[..., dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    patient = somebody()
    # The test's own client logs its URLs at this level; the sandbox's must not be asked to.
    with caplog.at_level(logging.DEBUG, logger="services"):
        api.get("/medical/v1/patient", params={"filters": patient["lastName"]})
        api.post(QUERIES, params={"patientId": patient["id"]}, json={"sources": ["lab"]})
        clock.forward(seconds=30)
        sandbox.advance()
        api.get("/medical/v1/patient/nobody")
    assert [one for one in caplog.records if one.name.startswith("services")] == []


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The sandbox as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-u", "-m", "services.sandbox", "--port", port]
    process = subprocess.Popen(
        [*command, "--data", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def test_it_serves_alone(alone: subprocess.Popen[str]) -> None:
    assert alone.stdout is not None
    address, key = (alone.stdout.readline().split()[-1] for _ in range(2))
    answer = _first_answer(f"{address}/medical/v1/facility", key)
    assert len(answer["facilities"]) == 6
    alone.send_signal(signal.SIGINT)
    assert alone.wait(10) in (0, -signal.SIGINT)


def _first_answer(url: str, key: str) -> Any:
    deadline = time.monotonic() + 10
    while True:
        try:
            return httpx.get(url, headers={"x-api-key": key}).json()
        except httpx.ConnectError:
            assert time.monotonic() < deadline, "the sandbox does not answer"
            time.sleep(0.05)


def test_webhooks_follow_the_program_to_another_port(tmp_path: Path, clock: FakeClock) -> None:
    def started(url: str) -> dict[str, Any]:
        made = Sandbox(SandboxConfig(tmp_path / "s.db", "http://localhost", url), clock)
        wire = made._up.account.wire()
        made.stop()
        return wire

    first = started("http://localhost:1/hook")
    moved = started("http://localhost:2/hook")
    assert moved == first | {"webhookUrl": "http://localhost:2/hook"}
