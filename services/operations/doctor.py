"""Checks what other people keep for us: the allowlist, the webhook URL, the public address."""

import hmac
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlmodel import col, func, select

from services.addresses import SANDBOX_KEY, SANDBOX_PATH, Addresses
from services.clock import CLOCK_TOLERANCE, Clock, utc_now
from services.errors import AccessDeskError, UpstreamError, UpstreamInvalid, UpstreamNotFound
from services.identity.access_facts import AAL2, IDENTITY
from services.ids import new_id
from services.metriport.client import MetriportClient, http_client
from services.metriport.transport import CallRecord, Transport
from services.operations.heartbeats import WORKERS, last_heartbeats
from services.operations.probe import read_text
from services.settings import Settings, complaints
from services.store import Store
from services.store.migrate import is_current
from services.store.tables import NetworkQuery, WebhookEvent
from services.webhooks.filters import RECEIVED

_LATE = timedelta(minutes=5)
_SILENT = timedelta(minutes=10)
"""Twenty status calls of an upstream that does not answer take half as long."""

_LEAST_FREE = 1.0


class CheckStatus(StrEnum):
    """How a check went; `unclear` where nobody can tell from here."""

    OK = "ok"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome, in a sentence that says what to do where it failed."""

    status: CheckStatus
    what: str


def examine(
    settings: Settings, port: int, our_key: str | None = None, clock: Clock = utc_now
) -> Iterator[CheckResult]:
    """Every check in turn; none of them changes anything. `port` is where the program listens.

    `our_key` is what a running program verifies webhooks with, where it is not the settings'.
    """
    addresses = Addresses(settings.public_address(port))
    yield from (CheckResult(CheckStatus.FAILED, complaint) for complaint in complaints(settings))
    yield _sign_in(settings)
    yield _secret(settings)
    yield from _log(settings, clock)
    yield _disk(settings)
    yield _address(addresses)
    base_url, key = settings.metriport_base_url, settings.metriport_api_key.get_secret_value()
    if settings.sandboxed:
        base_url, key = f"http://localhost:{port}{SANDBOX_PATH}", SANDBOX_KEY
    ours = our_key or settings.metriport_webhook_key.get_secret_value()
    with http_client(base_url, key) as http:
        client = MetriportClient(Transport(http, _unrecorded, clock), base_url)
        yield _asked(lambda: _key_accepted(client))
        yield _clock(client)
        yield _asked(lambda: _webhook_url(client, addresses))
        yield _asked(lambda: _webhook_key(client, ours))
        yield _asked(lambda: _deliveries(client))
        yield from _allowlist(client, addresses)


def _unrecorded(_call: CallRecord) -> None:
    """An operator's check is not part of the log."""


def _sign_in(settings: Settings) -> CheckResult:
    if settings.sandboxed:
        return CheckResult(CheckStatus.OK, "Sign-in: the sandbox’s role cards.")
    return CheckResult(
        CheckStatus.FAILED, "Sign-in is not configured, so nobody may see real people."
    )


def _secret(settings: Settings) -> CheckResult:
    if settings.secret_key.get_secret_value():
        return CheckResult(CheckStatus.OK, "SECRET_KEY is set.")
    if settings.sandboxed:
        return CheckResult(CheckStatus.OK, "SECRET_KEY is the sandbox’s generated one.")
    return CheckResult(
        CheckStatus.FAILED, "SECRET_KEY is the generated one: set one that is kept safe."
    )


def _log(settings: Settings, clock: Clock) -> Iterator[CheckResult]:
    store = Store(settings.log_url)
    try:
        store.ping()
        if not is_current(store.engine):
            yield CheckResult(
                CheckStatus.FAILED, "The log is not migrated: run python -m services migrate."
            )
            return
        yield CheckResult(CheckStatus.OK, "The log answers and is up to date.")
        yield _background(store, clock())
        yield _follow_up(store, clock())
        yield _interpretation(store, clock())
    except AccessDeskError as error:
        yield CheckResult(CheckStatus.FAILED, f"{error} {error.next_step}")
    finally:
        store.close()


def _background(store: Store, now: datetime) -> CheckResult:
    """Whether each kind of background work had its turn of late."""
    with store.read() as session:
        turns = last_heartbeats(session)
    silent = [one for one in WORKERS if one not in turns or now - turns[one] > _SILENT]
    if not silent:
        lag = max(now - turns[one] for one in WORKERS).total_seconds()
        return CheckResult(
            CheckStatus.OK, f"The reconciler and other background work had a turn {lag:,.0f} s ago."
        )
    told = ", ".join(
        f"{one} (last {turns[one]:%Y-%m-%d %H:%M} UTC)" if one in turns else f"{one} (never)"
        for one in silent
    )
    return CheckResult(
        CheckStatus.FAILED, f"Not working: {told}. Start the program, and look at its output."
    )


def _follow_up(store: Store, now: datetime) -> CheckResult:
    """How late open queries are asked about."""
    with store.read() as session:
        oldest = session.exec(select(func.min(NetworkQuery.next_check_at))).one()
    return _lag(now, oldest, "Open queries", "followed up")


def _interpretation(store: Store, now: datetime) -> CheckResult:
    """How late webhooks are interpreted."""
    waiting = select(func.min(WebhookEvent.received_at))
    with store.read() as session:
        oldest = session.exec(waiting.where(col(WebhookEvent.status) == RECEIVED)).one()
    return _lag(now, oldest, "Webhooks", "interpreted")


def _lag(now: datetime, oldest: datetime | None, what: str, done: str) -> CheckResult:
    late = max(now - oldest, timedelta()) if oldest else timedelta()
    if late < _LATE:
        return CheckResult(
            CheckStatus.OK, f"{what} are {done} in time: {late.total_seconds():,.0f} s late."
        )
    minutes = late.total_seconds() / 60
    return CheckResult(
        CheckStatus.FAILED,
        f"{what} have waited for {minutes:,.0f} minutes to be {done}: restart the program.",
    )


def _disk(settings: Settings) -> CheckResult:
    folder = settings.data_dir if settings.data_dir.exists() else Path()
    free = shutil.disk_usage(folder).free / 1024**3
    if free >= _LEAST_FREE:
        return CheckResult(CheckStatus.OK, f"{free:,.0f} GiB are free where the data is kept.")
    return CheckResult(CheckStatus.FAILED, f"Only {free:.1f} GiB are free where the data is kept.")


def _address(addresses: Addresses) -> CheckResult:
    """Whether the public address leads here, as far as this machine can tell."""
    answer = read_text(f"{addresses.public}/healthz")
    if answer.failure:
        why = f"{addresses.public} does not answer ({answer.failure})"
        return CheckResult(CheckStatus.FAILED, f"{why}: start the program, or correct PUBLIC_URL.")
    if answer.text == "alive":
        return CheckResult(CheckStatus.OK, f"{addresses.public} leads to Access Desk.")
    return CheckResult(
        CheckStatus.FAILED, f"Something else answers at {addresses.public}: correct PUBLIC_URL."
    )


def _asked(check: Callable[[], CheckResult]) -> CheckResult:
    try:
        return check()
    except UpstreamError as error:
        return CheckResult(CheckStatus.FAILED, f"{error} {error.next_step}")


def _key_accepted(client: MetriportClient) -> CheckResult:
    client.list_facilities()
    return CheckResult(CheckStatus.OK, "Metriport accepts the API key.")


def _clock(client: MetriportClient) -> CheckResult:
    """Our clock against the `Date` of upstream's newest answer, which is exact to the second."""
    if client.clock_off is None:
        return CheckResult(CheckStatus.UNCLEAR, "Metriport does not say what time it is.")
    apart = abs(client.clock_off)
    if apart < CLOCK_TOLERANCE:
        return CheckResult(CheckStatus.OK, "Our clock and Metriport’s agree.")
    seconds = apart.total_seconds()
    return CheckResult(
        CheckStatus.FAILED,
        f"Our clock and Metriport’s are {seconds:,.0f} s apart: set this machine’s.",
    )


def _webhook_key(client: MetriportClient, ours: str) -> CheckResult:
    theirs = client.get_settings().webhook_key
    if not theirs or not ours:
        return CheckResult(CheckStatus.UNCLEAR, "The webhook keys cannot be compared from here.")
    if hmac.compare_digest(theirs.encode(), ours.encode()):
        return CheckResult(CheckStatus.OK, "Webhooks are signed with the key that we expect.")
    return CheckResult(
        CheckStatus.FAILED,
        "Webhooks are signed with another key: take METRIPORT_WEBHOOK_KEY from Metriport’s "
        "settings, and start again.",
    )


def _webhook_url(client: MetriportClient, addresses: Addresses) -> CheckResult:
    stands = client.get_settings().webhook_url
    if stands == addresses.webhook:
        return CheckResult(CheckStatus.OK, "Metriport sends webhooks to our URL.")
    return CheckResult(
        CheckStatus.FAILED,
        f"Metriport sends webhooks to {stands or 'nowhere'}: set {addresses.webhook} there.",
    )


def _deliveries(client: MetriportClient) -> CheckResult:
    status = client.get_delivery_status()
    failed = status.webhook_requests_failed or 0
    if status.webhook_enabled is False:
        told = status.webhook_status_detail or "no reason given"
        return CheckResult(
            CheckStatus.FAILED,
            f"Webhook deliveries are off ({told}): mend that, then have the failed ones sent "
            "again on the Webhooks page.",
        )
    if failed:
        return CheckResult(
            CheckStatus.FAILED,
            f"{failed} webhook deliveries failed: have them sent again on the Webhooks page.",
        )
    if status.webhook_enabled is None:
        return CheckResult(
            CheckStatus.UNCLEAR, "Metriport does not say how webhook deliveries fare."
        )
    return CheckResult(CheckStatus.OK, "Webhook deliveries are on, and none has failed.")


def _allowlist(client: MetriportClient, addresses: Addresses) -> Iterator[CheckResult]:
    """Nobody can read the allowlist, so each URL is tried for a person who does not exist."""
    nobody = new_id(utc_now())
    tries: dict[str, Callable[[str], object]] = {
        IDENTITY: lambda url: client.create_identity_session(nobody, url, {}),
        AAL2: lambda url: client.create_aal2_challenge(f"pid_{nobody}", url, patient_id=nobody),
    }
    for kind, url in addresses.redirects.items():
        yield _tried(url, tries[kind])


def _tried(url: str, attempt: Callable[[str], object]) -> CheckResult:
    try:
        attempt(url)
    except UpstreamNotFound:
        return CheckResult(CheckStatus.OK, f"{url} is not refused as a redirect URL.")
    except UpstreamInvalid as error:
        if "redirect" in (error.detail or "").lower():
            return CheckResult(
                CheckStatus.FAILED, f"{url} is refused: put it on the account’s allowlist."
            )
        return CheckResult(
            CheckStatus.UNCLEAR, f"{url} could not be tried: {error.detail or error}"
        )
    except UpstreamError as error:
        return CheckResult(CheckStatus.UNCLEAR, f"{url} could not be tried: {error}")
    return CheckResult(CheckStatus.UNCLEAR, f"{url} was taken for somebody who does not exist.")
