"""The setup check: everything that a running program stands on, in the order of its causes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.addresses import SANDBOX_KEY, SANDBOX_PATH, Addresses
from services.clock import Clock, utc_now
from services.metriport.client import MetriportClient, http_client
from services.metriport.transport import CallRecord, Transport
from services.operations import disk, probe
from services.operations.check_result import CheckResult, CheckStatus
from services.operations.checks_of_consent import check_consent
from services.operations.checks_of_log import check_log
from services.operations.checks_of_provider import check_provider
from services.operations.checks_of_setup import check_public_address, check_setup
from services.operations.checks_of_upstream import check_upstream
from services.settings import Settings

__all__ = ["CheckResult", "CheckStatus", "Outside", "examine"]


@dataclass(frozen=True)
class Outside:
    """What the check needs of the world around it, so that tests need not wait for it.

    `sleep` waits some seconds before an unanswered call is repeated.
    """

    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
    read_text: Callable[[str], probe.ProbeAnswer] = probe.read_text
    free_bytes: disk.FreeBytes = disk.free_bytes


def examine(
    settings: Settings, port: int, our_key: str | None = None, outside: Outside | None = None
) -> Iterator[CheckResult]:
    """Every check in turn; none of them changes anything. `port` is where the program listens.

    `our_key` is what a running program verifies webhooks with, where it is not the settings'.
    """
    outside = outside or Outside()
    addresses = Addresses(settings.public_address(port))
    yield from check_setup(settings, outside.free_bytes)
    yield from check_consent(settings)
    yield from check_log(settings, outside.clock)
    yield check_public_address(addresses, outside.read_text)
    yield from check_provider(settings, addresses, outside.read_text, outside.clock)
    base_url, key = settings.metriport_base_url, settings.metriport_api_key.get_secret_value()
    if settings.sandboxed:
        base_url, key = f"http://localhost:{port}{SANDBOX_PATH}", SANDBOX_KEY
    ours = our_key or settings.metriport_webhook_key.get_secret_value()
    with http_client(base_url, key) as http:
        transport = Transport(http, _leave_unrecorded, outside.clock, outside.sleep)
        yield from check_upstream(MetriportClient(transport, base_url), addresses, ours)


def _leave_unrecorded(_call: CallRecord) -> None:
    """An operator's check is not part of the log."""
