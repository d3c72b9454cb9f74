"""Checks of what Metriport keeps for us: the key, the webhooks, the allowlist of redirect URLs."""

import hmac
from collections.abc import Callable, Iterator

from services.addresses import Addresses
from services.clock import CLOCK_TOLERANCE, utc_now
from services.errors import UpstreamError, UpstreamInvalid, UpstreamNotFound
from services.identity.access_facts import AAL2, IDENTITY
from services.ids import new_id
from services.metriport.client import MetriportClient
from services.operations.check_result import CheckResult, failed, ok, unclear


def check_upstream(
    client: MetriportClient, addresses: Addresses, our_key: str
) -> Iterator[CheckResult]:
    """What can be learnt by asking upstream; `our_key` is what we verify webhooks with."""
    yield _ask(lambda: _check_key(client))
    yield _check_clock(client)
    yield _ask(lambda: _check_webhook_url(client, addresses))
    yield _ask(lambda: _check_webhook_key(client, our_key))
    yield _ask(lambda: _check_deliveries(client))
    yield from _check_allowlist(client, addresses)


def _ask(check: Callable[[], CheckResult]) -> CheckResult:
    try:
        return check()
    except UpstreamError as error:
        return failed(f"{error} {error.next_step}")


def _check_key(client: MetriportClient) -> CheckResult:
    client.list_facilities()
    return ok("Metriport accepts the API key.")


def _check_clock(client: MetriportClient) -> CheckResult:
    """Our clock against the `Date` of upstream's newest answer, which is exact to the second."""
    if client.clock_off is None:
        return unclear("Metriport does not say what time it is.")
    apart = abs(client.clock_off)
    if apart < CLOCK_TOLERANCE:
        return ok("Our clock and Metriport’s agree.")
    seconds = apart.total_seconds()
    return failed(f"Our clock and Metriport’s are {seconds:,.0f} s apart: set this machine’s.")


def _check_webhook_key(client: MetriportClient, ours: str) -> CheckResult:
    theirs = client.get_settings().webhook_key
    if not theirs or not ours:
        return unclear("The webhook keys cannot be compared from here.")
    if hmac.compare_digest(theirs.encode(), ours.encode()):
        return ok("Webhooks are signed with the key that we expect.")
    return failed(
        "Webhooks are signed with another key: take METRIPORT_WEBHOOK_KEY from Metriport’s "
        "settings, and start again."
    )


def _check_webhook_url(client: MetriportClient, addresses: Addresses) -> CheckResult:
    stands = client.get_settings().webhook_url
    if stands == addresses.webhook:
        return ok("Metriport sends webhooks to our URL.")
    return failed(
        f"Metriport sends webhooks to {stands or 'nowhere'}: set {addresses.webhook} there."
    )


def _check_deliveries(client: MetriportClient) -> CheckResult:
    status = client.get_delivery_status()
    undelivered = status.webhook_requests_failed or 0
    if status.webhook_enabled is False:
        told = status.webhook_status_detail or "no reason given"
        return failed(
            f"Webhook deliveries are off ({told}): mend that, then have the failed ones sent "
            "again on the Webhooks page."
        )
    if undelivered:
        return failed(
            f"{undelivered} webhook deliveries failed: have them sent again on the Webhooks page."
        )
    if status.webhook_enabled is None:
        return unclear("Metriport does not say how webhook deliveries fare.")
    return ok("Webhook deliveries are on, and none has failed.")


def _check_allowlist(client: MetriportClient, addresses: Addresses) -> Iterator[CheckResult]:
    """Nobody can read the allowlist, so each URL is tried for a person who does not exist."""
    nobody = new_id(utc_now())
    tries: dict[str, Callable[[str], object]] = {
        IDENTITY: lambda url: client.create_identity_session(nobody, url, {}),
        AAL2: lambda url: client.create_aal2_challenge(f"pid_{nobody}", url, patient_id=nobody),
    }
    for kind, url in addresses.redirects.items():
        yield _try(url, tries[kind])


def _try(url: str, attempt: Callable[[str], object]) -> CheckResult:
    try:
        attempt(url)
    except UpstreamNotFound:
        return ok(f"{url} is not refused as a redirect URL.")
    except UpstreamInvalid as error:
        if "redirect" in (error.detail or "").lower():
            return failed(f"{url} is refused: put it on the account’s allowlist.")
        return unclear(f"{url} could not be tried: {error.detail or error}")
    except UpstreamError as error:
        return unclear(f"{url} could not be tried: {error}")
    return unclear(f"{url} was taken for somebody who does not exist.")
