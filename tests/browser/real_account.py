"""The program as a company runs it: an API key, a provider, TLS. Upstream is the sandbox alone."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import trustme
from playwright.sync_api import Page

from services.addresses import ENDED_PATH, RETURN_PATHS, SANDBOX_KEY, WEBHOOK_PATH
from tests.browser.conftest import ROOT, free_port
from tests.waiting import until

CLIENT_ID = "access-desk"
_LOGOUT_PATH = "/test/end-session"
"""Where the provider in the test is told to end somebody's sessions."""

ROLE_MAP = "desk-support=support,desk-compliance=compliance,desk-product=product,desk-admin=admin"
PEOPLE: Mapping[str, dict[str, object]] = {
    "sam-1": {"name": "Sam Reyes", "email": "sam@example.org", "groups": ["all", "desk-support"]},
    "kim-2": {"name": "Kim Adler", "groups": ["desk-support", "desk-compliance"]},
    "ada-3": {"name": "Ada Brandt", "groups": "desk-admin"},
    "pia-4": {"name": "Pia Novak", "groups": ["desk-product"]},
    "nils-5": {"name": "Nils Holm", "email": "nils@example.org", "groups": ["kitchen"]},
}
"""Who has an account at the provider, by subject."""

_PATIENCE = 120
"""Seconds; a busy machine takes half a minute for a first start."""


@dataclass
class Provider:
    """A running `oidc-provider-mock`."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, with an account for each of `PEOPLE`."""
        port = self.url.rsplit(":", 1)[1]
        program = Path(__file__).parent / "provider_program.py"
        command = [sys.executable, str(program), "--port", port]
        command += ["--certificate", str(self.folder / "server.pem")]
        command += ["--key", str(self.folder / "server.key")]
        command += ["--end-session-path", _LOGOUT_PATH]
        self.process = _run(command, self.folder / "provider.txt", trusting(self.folder))
        until(lambda: self._answers("/.well-known/openid-configuration"), _PATIENCE)
        for subject, claims in PEOPLE.items():
            self.set_claims(subject, claims)

    def stop(self) -> None:
        """End it; nobody can sign in then."""
        if self.process is not None:
            _end(self.process)
            self.process = None

    def set_claims(self, subject: str, claims: Mapping[str, object]) -> None:
        """Change what it says of somebody from their next sign-in on."""
        self._client().put(f"{self.url}/users/{subject}", json=dict(claims)).raise_for_status()

    def end_sessions(self, subject: str, desk_url: str) -> int:
        """Have it tell the program that somebody signed out; answers the program's status."""
        form = {"sub": subject, "client_id": CLIENT_ID, "url": desk_url + ENDED_PATH}
        answer = self._client().post(self.url + _LOGOUT_PATH, data=form).raise_for_status()
        return int(answer.json()["status"])

    def _client(self) -> httpx.Client:
        return httpx.Client(verify=False, timeout=30)

    def _answers(self, path: str) -> bool:
        try:
            return self._client().get(self.url + path).status_code == 200
        except httpx.TransportError:
            return False


@dataclass
class RealAccount:
    """The running program, its provider, and the folder with what they wrote."""

    url: str
    folder: Path
    provider: Provider
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def output(self) -> str:
        """Whatever the program has written to its terminal."""
        return (self.folder / "program.txt").read_text(errors="replace")

    def sign_in(self, page: Page, subject: str, path: str = "/") -> None:
        """Open a page as somebody who is not signed in, and sign in at the provider."""
        page.goto(self.url + path)
        self.answer_provider(page, subject)

    def answer_provider(self, page: Page, subject: str) -> None:
        """On the provider's page: sign in as `subject`."""
        page.wait_for_url(f"{self.provider.url}/**")
        page.get_by_placeholder("sub").fill(subject)
        page.get_by_role("button", name="Authorize", exact=True).click()
        page.wait_for_url(f"{self.url}/**")


@contextmanager
def real_account(folder: Path, **settings: str) -> Iterator[RealAccount]:
    """Sandbox, provider and program, each a process of its own; `settings` are of the program.

    Browsers need `ignore_https_errors`: the certificate is one of the test's own.
    """
    _make_certificates(folder)
    sandbox, url = f"http://localhost:{free_port()}", f"https://localhost:{free_port()}"
    provider = Provider(f"https://localhost:{free_port()}", folder)
    with ExitStack() as stack:
        stack.enter_context(_sandbox(folder, sandbox, url))
        stack.callback(provider.stop)
        provider.start()
        given = _settings(folder, sandbox, url, provider) | settings
        stack.enter_context(_program(folder, url, given))
        yield RealAccount(url, folder, provider, given)


def trusting(folder: Path) -> dict[str, str]:
    """The environment of a process that trusts the certificates of the test."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "SSL_CERT_FILE": str(folder / "ca.pem")}


def _settings(folder: Path, sandbox: str, url: str, provider: Provider) -> dict[str, str]:
    key = httpx.get(f"{sandbox}/sandbox/settings", headers={"x-api-key": SANDBOX_KEY}).json()
    return {
        "METRIPORT_API_KEY": SANDBOX_KEY,
        "METRIPORT_BASE_URL": f"{sandbox}/sandbox",
        "METRIPORT_WEBHOOK_KEY": key["webhookKey"],
        "PUBLIC_URL": url,
        "SECRET_KEY": "k" * 48,
        "SIGNING_KEY": secrets.token_urlsafe(32),
        "DATA_DIR": str(folder / "data"),
        "OIDC_ISSUER": provider.url,
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_SECRET": "a-secret-of-the-client",
        "ROLE_MAP": ROLE_MAP,
    }


def _make_certificates(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = authority.issue_cert("localhost")
    server.private_key_pem.write_to_path(str(folder / "server.key"))
    for part in server.cert_chain_pems:
        part.write_to_path(str(folder / "server.pem"), append=True)


@contextmanager
def _sandbox(folder: Path, sandbox: str, url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "services.sandbox", "--port", sandbox.rsplit(":", 1)[1]]
    command += ["--data", str(folder / "upstream"), "--speed", "12"]
    command += ["--webhook-url", url + WEBHOOK_PATH]
    for path in RETURN_PATHS.values():
        command += ["--redirect-url", url + path]
    (folder / "upstream").mkdir()
    process = _run(command, folder / "sandbox.txt", trusting(folder))
    key = {"x-api-key": SANDBOX_KEY}
    try:
        until(lambda: _is_up(f"{sandbox}/sandbox/settings", headers=key), _PATIENCE)
        yield
    finally:
        _end(process)


@contextmanager
def _program(folder: Path, url: str, settings: Mapping[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", url.rsplit(":", 1)[1]]
    command += ["--ssl-certfile", str(folder / "server.pem")]
    command += ["--ssl-keyfile", str(folder / "server.key"), "--lifespan", "on"]
    # A browser that is slow to close its connections must not keep the program from ending.
    command += ["--timeout-graceful-shutdown", "5"]
    environment = trusting(folder) | dict(settings)
    process = _run(command, folder / "program.txt", environment)
    try:
        until(lambda: process.poll() is not None or _is_up(f"{url}/readyz"), _PATIENCE)
        assert process.poll() is None, (folder / "program.txt").read_text()
        yield
    finally:
        _end(process)


def _run(
    command: list[str], output: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with output.open("ab") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=file, stderr=subprocess.STDOUT
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=30)


def _is_up(url: str, headers: Mapping[str, str] | None = None) -> bool:
    try:
        return httpx.get(url, headers=headers, verify=False, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
