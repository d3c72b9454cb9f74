"""The commands of the README in processes of their own: on another port, with wrong settings."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from services.addresses import SANDBOX_KEY
from tests.waiting import until

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVERS = re.findall(r"^((?:streamlit run app\.py|uvicorn app:app) .*9000.*)$", README, re.M)
PATIENCE = 120
"""Seconds; a busy machine takes half a minute for a first start."""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process gets: nothing of the person's own settings, and the tests' Python."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "DATA_DIR": str(folder / "data"), **more}


@contextmanager
def served(command: str, folder: Path, port: int) -> Iterator[str]:
    """A server's base URL, from when it is ready."""
    words = command.replace("9000", str(port)).split()
    output = (folder / "output").open("wb")
    process = subprocess.Popen(
        words, cwd=ROOT, env=environment(folder), stdout=output, stderr=subprocess.STDOUT
    )
    url = f"http://localhost:{port}"
    try:
        until(lambda: process.poll() is not None or answers(f"{url}/readyz"), PATIENCE)
        assert process.poll() is None, (folder / "output").read_text()
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        output.close()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_the_readme_names_both_servers() -> None:
    assert [command.split()[0] for command in SERVERS] == ["streamlit", "uvicorn"]


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for both servers, so that its first start is waited for once."""
    return tmp_path_factory.mktemp("served")


@pytest.mark.parametrize("command", SERVERS)
def test_a_server_works_on_another_port(
    command: str, shared_folder: Path, unused_port: int
) -> None:
    with served(command, shared_folder, unused_port) as url:
        assert httpx.get(f"{url}/healthz").text == "alive\n"
        key = {"x-api-key": SANDBOX_KEY}
        account = httpx.get(f"{url}/sandbox/settings", headers=key).json()
        assert account["webhookUrl"] == f"{url}/webhooks/metriport"
        browser = {"accept": "text/html"}
        assert httpx.get(f"{url}/webhooks/metriport", headers=browser).status_code == 405
        assert httpx.get(f"{url}/webhooks/foo", headers=browser).status_code == 404
        assert httpx.get(f"{url}/static/foo", headers=browser).status_code == 404
        # It asks the embedded upstream, which the program must be able to reach on this port.
        check = run("python -m services doctor", shared_folder, PORT=str(unused_port))
        modes = modes_in(shared_folder / "data")
    assert check.returncode == 0, check.stdout + check.stderr
    assert f"{url}/ias/return/identity is not refused" in check.stdout
    assert {"access-desk.db-wal", "sandbox.db-wal", "secret.key", "signing.key"} <= set(modes)
    assert is_anchored(shared_folder / "data" / "access-desk.db")
    verified = run("python -m services verify-audit", shared_folder)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert (modes.pop("data"), set(modes.values())) == (0o700, {0o600})


def is_anchored(log: Path) -> bool:
    """Whether a stop has anchored the head of the access log."""
    with closing(sqlite3.connect(log)) as connection:
        last = connection.execute("SELECT seq, hash FROM audit_anchor ORDER BY id DESC").fetchone()
        head = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
    return bool(last == head and head[0] > 0)


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what with a folder and each file in it."""
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}


def run(command: str | list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, as a line or, where a word holds spaces, as its words."""
    return subprocess.run(
        command.split() if isinstance(command, str) else command,
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("streamlit run app.py --server.port {port}", "DATA_DIR", "{folder}/file/data"),
        ("uvicorn app:app --port {port}", "DATABASE_URL", "postgresql+psycopg://localhost:1/log"),
        ("python -m services migrate", "DATABASE_URL", "sqlite:///{folder}/file/log.db"),
        ("python -m services doctor", "PUBLIC_URL", "https://example.org/desk"),
    ],
)
def test_a_wrong_setting_ends_a_command_with_one_sentence(
    tmp_path: Path, unused_port: int, command: str, name: str, value: str
) -> None:
    (tmp_path / "file").touch()
    setting = {name: value.format(folder=tmp_path)}
    ended = run(command.format(port=unused_port), tmp_path, **setting)
    output = ended.stdout + ended.stderr
    assert ended.returncode == 1, output
    assert "Traceback" not in output
    assert len([line for line in output.splitlines() if f"{name}: " in line]) == 1
