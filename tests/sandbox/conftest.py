"""A sandbox of one's own over real HTTP, with a clock that obeys."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox import Sandbox, SandboxConfig
from services.sandbox.people import Person, load_people
from tests.clock import FakeClock
from tests.sandbox.stage import HOOK, SANDBOX, Receiver, Stage
from tests.serving import serve


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A server that listens; its `base_url` is known before a sandbox is made."""
    made = Stage()
    with serve(made) as made.base_url:
        yield made


@pytest.fixture(scope="session")
def sandbox_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a sandbox that was started once, without a webhook URL."""
    path = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    Sandbox(SandboxConfig(path, "http://localhost", None), FakeClock()).stop()
    return path.read_bytes()


@pytest.fixture
def sandbox(
    stage: Stage, sandbox_file: bytes, tmp_path: Path, clock: FakeClock
) -> Iterator[Sandbox]:
    """A sandbox whose clock is `clock`; its delivery thread does not run."""
    path = tmp_path / "sandbox.db"
    path.write_bytes(sandbox_file)
    made = Sandbox(SandboxConfig(path, stage.base_url + SANDBOX, None), clock)
    stage.parts[SANDBOX] = made.app
    yield made
    made.stop()


@pytest.fixture(scope="session")
def client(stage: Stage) -> Iterator[httpx.Client]:
    """A client with the sandbox's key, for all tests because making one takes a while."""
    headers = {"x-api-key": Sandbox.api_key}
    with httpx.Client(base_url=stage.base_url + SANDBOX, headers=headers) as made:
        yield made


@pytest.fixture
def api(sandbox: Sandbox, client: httpx.Client) -> httpx.Client:
    """A client of the test's own sandbox, with its key."""
    return client


@pytest.fixture
def receiver(stage: Stage, api: httpx.Client) -> Receiver:
    """The receiver that the sandbox's webhooks go to; the ping has been answered."""
    made = Receiver()
    stage.parts[HOOK] = made
    assert api.post("/settings", json={"webhookUrl": stage.base_url + HOOK}).status_code == 200
    made.deliveries.clear()
    return made


@pytest.fixture(scope="session")
def people() -> list[Person]:
    """Everybody the sandbox begins with."""
    return load_people()


@pytest.fixture
def somebody(people: list[Person]) -> Callable[..., dict[str, Any]]:
    """`somebody()` is a patient without trouble, `somebody("slow")` one with that trouble."""

    def find(trouble: str | None = None) -> dict[str, Any]:
        return next(person.patient for person in people if person.trouble == trouble)

    return find
