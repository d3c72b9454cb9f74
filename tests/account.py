"""Programs with the settings of a company, as processes; nobody answers at Metriport's address."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from services.clock import utc_now
from services.staff.audit import Audit
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.sign_in.sessions import HOST_COOKIE, SessionLimits, StaffSessions
from services.staff.sign_in.sign_ins import Browser, SignIns
from services.store import Store
from services.vault import Vault
from tests.browser.conftest import ROOT, free_port

WEBHOOK_KEY = "a-key-of-webhooks"
SECRET = "k" * 48


@dataclass(frozen=True)
class Account:
    """The settings of a company, and where its log is."""

    folder: Path
    public_url: str
    settings: dict[str, str]

    def cookies(self, number: int) -> list[str]:
        """The cookies of so many administrators who are signed in."""
        store = Store(f"sqlite:///{self.folder}/access-desk.db")
        limits = SessionLimits(timedelta(hours=12), timedelta(hours=12))
        sessions = StaffSessions(store, utc_now, limits)
        audit = Audit(store, utc_now, sessions)
        sign_ins = SignIns(store, utc_now, audit, sessions, Vault([SECRET]))
        member, roles = SANDBOX_STAFF[Role.ADMIN], [Role.ADMIN]
        tokens = [sign_ins.begin(member, roles, Browser()) for _ in range(number)]
        store.close()
        return [f"{HOST_COOKIE}={token}" for token in tokens]


def make_account(folder: Path, **settings: str) -> Account:
    """An account whose log is in `folder`; upstream and provider are addresses without anybody."""
    public, nobody = "https://desk.example.org", f"http://localhost:{free_port()}"
    given = {
        "METRIPORT_API_KEY": "a-key",
        "METRIPORT_BASE_URL": nobody,
        "METRIPORT_WEBHOOK_KEY": WEBHOOK_KEY,
        "PUBLIC_URL": public,
        "SECRET_KEY": SECRET,
        "SIGNING_KEY": secrets.token_urlsafe(32),
        "DATA_DIR": str(folder),
        "OIDC_ISSUER": nobody,
        "OIDC_CLIENT_ID": "access-desk",
        "OIDC_CLIENT_SECRET": "a-secret",
        "ROLE_MAP": "all=admin",
        "NAME_INDEX": "off",
        "SESSION_MAX_IDLE": "12h",
    }
    return Account(folder, public, given | settings)


@dataclass(frozen=True)
class Served:
    """A program that is ready."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def served(program: str, account: Account) -> Iterator[Served]:
    """A program under uvicorn, from when it is ready to the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", program, "--port", str(port), "--no-access-log"]
    command += ["--timeout-graceful-shutdown", "5", "--log-level", "error"]
    environment = os.environ | account.settings
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield Served(url, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the program did not start"
        try:
            httpx.get(f"{url}/readyz", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError(url)
