"""The programs that are measured, as processes of their own, and the browser in front of them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from services.staff.permissions import Role
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, free_port, started

PATIENT = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d"
"""A person of the sandbox."""

_EMPTY = Path(__file__).parent / "empty.py"


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@dataclass(frozen=True)
class Measured:
    """A program under measurement."""

    url: str
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """The processor time that it has used since its start."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def access_desk() -> Iterator[tuple[Measured, list[dict[str, str]]]]:
    """Access Desk over the sandbox's first log, and the cookies of an administrator."""
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), speed=1.0) as program:
        yield Measured(program.url, program.process), [program.cookie(Role.ADMIN)]


@contextmanager
def empty_streamlit() -> Iterator[Measured]:
    """Streamlit with nothing to show, configured as Access Desk is."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(_EMPTY), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        url = f"http://localhost:{port}"
        _wait_for(f"{url}/_stcore/health")
        yield Measured(url, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str) -> None:
    for _ in range(150):
        try:
            httpx.get(url).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError(url)
