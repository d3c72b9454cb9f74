"""Checks what other people keep for us: the allowlist, the webhook URL, the public address."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import httpx

from services.access_facts import AAL2, IDENTITY
from services.bootstrap import SANDBOX_PATH, WEBHOOK_PATH
from services.clock import utc_now
from services.errors import AccessDeskError, UpstreamError, UpstreamInvalid, UpstreamNotFound
from services.identity import RETURN_PATHS
from services.ids import new_id
from services.metriport.client import MetriportClient, http_client
from services.metriport.transport import Call, Transport
from services.sandbox import Sandbox
from services.settings import Settings, complaints
from services.store import Store
from services.store.migrate import is_current


class Verdict(StrEnum):
    """How a check went; `unclear` where nobody can tell from here."""

    OK = "ok"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Finding:
    """One check's outcome, in a sentence that says what to do where it failed."""

    verdict: Verdict
    what: str


@dataclass(frozen=True)
class Addresses:
    """What others must know of us; all absolute URLs."""

    public: str

    @property
    def redirects(self) -> dict[str, str]:
        """The redirect URLs for the account's allowlist, by kind of link."""
        return {kind: self.public + path for kind, path in RETURN_PATHS.items()}

    @property
    def webhook(self) -> str:
        """The account's webhook URL."""
        return self.public + WEBHOOK_PATH


def examine(settings: Settings, port: int) -> Iterator[Finding]:
    """Every check in turn; none of them changes anything. `port` is where the program listens."""
    addresses = Addresses(settings.public_address(port))
    yield from (Finding(Verdict.FAILED, complaint) for complaint in complaints(settings))
    yield _log(settings)
    yield _address(addresses)
    base_url, key = settings.metriport_base_url, settings.metriport_api_key.get_secret_value()
    if settings.sandboxed:
        base_url, key = f"http://localhost:{port}{SANDBOX_PATH}", Sandbox.api_key
    with http_client(base_url, key) as http:
        client = MetriportClient(Transport(http, _unrecorded, utc_now), base_url)
        yield _asked(lambda: _webhook_url(client, addresses))
        yield _asked(lambda: _deliveries(client))
        yield from _allowlist(client, addresses)


def _unrecorded(_call: Call) -> None:
    """An operator's check is not part of the log."""


def _log(settings: Settings) -> Finding:
    store = Store(settings.log_url)
    try:
        store.ping()
        if is_current(store.engine):
            return Finding(Verdict.OK, "The log answers and is up to date.")
        return Finding(Verdict.FAILED, "The log is not migrated: run python -m services migrate.")
    except AccessDeskError as error:
        return Finding(Verdict.FAILED, f"{error} {error.next_step}")
    finally:
        store.close()


def _address(addresses: Addresses) -> Finding:
    """Whether the public address leads here, as far as this machine can tell."""
    try:
        answer = httpx.get(f"{addresses.public}/healthz", timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"{addresses.public} does not answer ({type(error).__name__})"
        return Finding(Verdict.FAILED, f"{why}: start the program, or correct PUBLIC_URL.")
    if answer.text.strip() == "alive":
        return Finding(Verdict.OK, f"{addresses.public} leads to Access Desk.")
    return Finding(
        Verdict.FAILED, f"Something else answers at {addresses.public}: correct PUBLIC_URL."
    )


def _asked(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except UpstreamError as error:
        return Finding(Verdict.FAILED, f"{error} {error.next_step}")


def _webhook_url(client: MetriportClient, addresses: Addresses) -> Finding:
    stands = client.get_settings().webhook_url
    if stands == addresses.webhook:
        return Finding(Verdict.OK, "Metriport sends webhooks to our URL.")
    return Finding(
        Verdict.FAILED,
        f"Metriport sends webhooks to {stands or 'nowhere'}: set {addresses.webhook} there.",
    )


def _deliveries(client: MetriportClient) -> Finding:
    status = client.get_delivery_status()
    failed = status.webhook_requests_failed or 0
    if status.webhook_enabled is False:
        told = status.webhook_status_detail or "no reason given"
        return Finding(Verdict.FAILED, f"Webhook deliveries are off: {told}.")
    if failed:
        return Finding(Verdict.FAILED, f"{failed} webhook deliveries failed: have them sent again.")
    if status.webhook_enabled is None:
        return Finding(Verdict.UNCLEAR, "Metriport does not say how webhook deliveries fare.")
    return Finding(Verdict.OK, "Webhook deliveries are on, and none has failed.")


def _allowlist(client: MetriportClient, addresses: Addresses) -> Iterator[Finding]:
    """Nobody can read the allowlist, so each URL is tried for a person who does not exist."""
    nobody = new_id(utc_now())
    tries: dict[str, Callable[[str], object]] = {
        IDENTITY: lambda url: client.create_identity_session(nobody, url, {}),
        AAL2: lambda url: client.create_aal2_challenge(f"pid_{nobody}", url, patient_id=nobody),
    }
    for kind, url in addresses.redirects.items():
        yield _tried(url, tries[kind])


def _tried(url: str, attempt: Callable[[str], object]) -> Finding:
    try:
        attempt(url)
    except UpstreamNotFound:
        return Finding(Verdict.OK, f"{url} is not refused as a redirect URL.")
    except UpstreamInvalid as error:
        if "redirect" in (error.detail or "").lower():
            return Finding(Verdict.FAILED, f"{url} is refused: put it on the account’s allowlist.")
        return Finding(Verdict.UNCLEAR, f"{url} could not be tried: {error.detail or error}")
    except UpstreamError as error:
        return Finding(Verdict.UNCLEAR, f"{url} could not be tried: {error}")
    return Finding(Verdict.UNCLEAR, f"{url} was taken for somebody who does not exist.")
