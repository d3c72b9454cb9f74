"""The real program as a process of its own, and a real Chromium in front of it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.staff.permissions import Role
from services.staff.sign_in.sessions import COOKIE

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HIDE = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true })
  document.dispatchEvent(new Event("visibilitychange"))
}"""
"""Tells the scripts of a page that it is "hidden" or "visible"."""

# A busy machine draws a page slowly, which is no failure; what is there is found at once.
expect.set_options(timeout=30_000)


@dataclass
class Program:
    """A running `streamlit run app.py`."""

    url: str
    data: Path
    output: Path
    process: subprocess.Popen[bytes]
    public_url: str

    def cookie(self, role: Role) -> dict[str, str]:
        """The cookie of a new session in that role, from the card of the sign-in page."""
        public = self.public_url
        headers = {"Origin": public, "Host": urlsplit(public).netloc}
        answer = httpx.post(f"{self.url}/sign-in", data={"role": role.value}, headers=headers)
        return {"name": COOKIE, "value": answer.cookies[COOKIE], "url": public}

    def log_files(self) -> bytes:
        """Every byte of the log's database and its write-ahead log."""
        return b"".join(path.read_bytes() for path in self.data.glob("access-desk.db*"))


@contextmanager
def started(
    data: Path, speed: float = 12.0, public_url: str = "", **settings: str
) -> Iterator[Program]:
    """The program on a free port, stopped at the end; browsers reach it at `public_url`, if any.

    `settings` are further ones of its environment.
    """
    port = free_port()
    output = data / "output.txt"
    environment = os.environ | {"DATA_DIR": str(data), "SANDBOX_SPEED": str(speed)}
    environment |= {"PUBLIC_URL": public_url} | settings
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://localhost:{port}"
        program = Program(url, data, output, process, public_url or url)
        _wait_until_ready(program)
        yield program
    finally:
        process.terminate()
        process.wait(timeout=20)


def free_port() -> int:
    """A port of this machine that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(program: Program) -> None:
    for _ in range(150):
        assert program.process.poll() is None, program.output.read_text()
        try:
            if httpx.get(f"{program.url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the program did not get ready")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One program for all tests of a file."""
    with started(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium; without it these tests are skipped, but not where CI runs them."""
    if not Path(CHROMIUM).exists():
        reason = f"no Chromium at {CHROMIUM}: install it, or set CHROMIUM to its path"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window of its own, without cookies."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="America/New_York"
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()
