"""Checks of the provider where the staff signs in, as far as they go without an account there."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from services.addresses import Addresses
from services.clock import CLOCK_TOLERANCE, Clock
from services.operations.check_result import CheckResult, failed, ok, unclear
from services.operations.probe import ProbeAnswer
from services.settings import Settings
from services.staff.sign_in.role_claims import named_groups, role_rule

Read = Callable[[str], ProbeAnswer]

_WELL_KNOWN = "/.well-known/openid-configuration"
_KEY_PAIRS = ("RSA", "EC", "OKP")
_LONGEST = 200


def check_provider(
    settings: Settings, addresses: Addresses, read: Read, clock: Clock
) -> Iterator[CheckResult]:
    """What the provider's documents say; nothing where people sign in by the sandbox's cards."""
    if not settings.has_provider:
        return
    yield from _check_roles(settings)
    answer = read(settings.oidc_issuer.rstrip("/") + _WELL_KNOWN)
    document = _parsed(answer)
    if document is None:
        what = answer.failure or f"HTTP {answer.status}, or no JSON"
        yield failed(
            f"{settings.oidc_issuer} has no discovery document ({what}): correct OIDC_ISSUER."
        )
        return
    yield _check_issuer(settings, document)
    yield _check_clock(answer, clock)
    yield _check_keys(document, read)
    yield _check_redirect(settings, addresses, document, read)
    yield from _check_scopes(settings, document)
    yield _check_sign_out(addresses, document)
    yield _check_back_channel(addresses, document)


def _check_roles(settings: Settings) -> Iterator[CheckResult]:
    """Which roles nobody can have, because no group gives them."""
    groups = named_groups(role_rule(settings.role_claim, settings.roles_of_groups).groups)
    nobody = [role.value for role, names in groups.items() if not names]
    if nobody:
        yield unclear(f"No group in ROLE_MAP gives one of these roles: {', '.join(nobody)}.")
    else:
        yield ok(f"ROLE_MAP names a group for every role, in the claim {settings.role_claim}.")


def _check_issuer(settings: Settings, document: dict[str, Any]) -> CheckResult:
    named = str(document.get("issuer"))[:_LONGEST]
    if named == settings.oidc_issuer:
        return ok(f"{named} is the provider, and says so itself.")
    return failed(
        f"The provider calls itself {named!a}, which is not OIDC_ISSUER: spell it as the provider "
        "does, with or without the slash at its end."
    )


def _check_clock(answer: ProbeAnswer, clock: Clock) -> CheckResult:
    """Our clock against the provider's, by the `Date` of its answer: tokens last for minutes."""
    try:
        theirs = parsedate_to_datetime(answer.date)
    except ValueError:
        return unclear("The provider does not say what time it is.")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    apart = abs(clock() - theirs.astimezone(UTC))
    if apart < CLOCK_TOLERANCE:
        return ok("Our clock and the provider’s agree.")
    seconds = apart.total_seconds()
    return failed(f"Our clock and the provider’s are {seconds:,.0f} s apart: set this machine’s.")


def _check_keys(document: dict[str, Any], read: Read) -> CheckResult:
    address = document.get("jwks_uri")
    keys = _parsed(read(address)) if isinstance(address, str) else None
    listed = (keys or {}).get("keys")
    usable = [key for key in listed or [] if isinstance(key, dict) and key.get("kty") in _KEY_PAIRS]
    if usable:
        count = "one key" if len(usable) == 1 else f"{len(usable)} keys"
        return ok(f"The provider publishes {count} that sign-ins can be checked with.")
    return failed("The provider publishes no key that a sign-in could be checked with.")


def _check_redirect(
    settings: Settings, addresses: Addresses, document: dict[str, Any], read: Read
) -> CheckResult:
    """Ask for a sign-in as a browser does: a provider refuses a wrong client or address at once."""
    ours, client = addresses.sign_in_return, settings.oidc_client_id.get_secret_value()
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": ours,
        "scope": settings.oidc_scopes,
        "state": "setup-check",
        "nonce": "setup-check",
        # Of a verifier that nobody has: no code could be used.
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
    }
    answer = read(f"{document.get('authorization_endpoint')}?{urlencode(asked)}")
    if answer.failure:
        return failed(f"The provider’s sign-in page does not answer ({answer.failure}).")
    if answer.location.startswith(ours):
        told = parse_qs(urlsplit(answer.location).query).get("error", ["nothing"])[0][:60]
        return failed(f"The provider sends people back to {ours} with the error {told!a}.")
    if answer.status >= 400 or "error" in urlsplit(answer.location).path.lower():
        return failed(
            f"The provider refuses our client or redirect address (HTTP {answer.status}): "
            f"register {ours} for the client {client}."
        )
    return ok(f"{ours} is not refused as a redirect address, as far as can be seen from here.")


def _check_scopes(settings: Settings, document: dict[str, Any]) -> Iterator[CheckResult]:
    named = document.get("scopes_supported")
    if not isinstance(named, list):
        return
    unknown = [scope for scope in settings.oidc_scopes.split() if scope not in named]
    if unknown:
        yield unclear(f"The provider does not name the scope {', '.join(unknown)} (OIDC_SCOPES).")


def _check_sign_out(addresses: Addresses, document: dict[str, Any]) -> CheckResult:
    if document.get("end_session_endpoint"):
        there = addresses.signed_out
        return ok(f"A sign-out ends the provider’s session too, and comes back to {there}.")
    return unclear("The provider offers no sign-out: whoever signs out here stays signed in there.")


def _check_back_channel(addresses: Addresses, document: dict[str, Any]) -> CheckResult:
    if document.get("backchannel_logout_supported"):
        there = addresses.back_channel_logout
        return ok(f"A sign-out at the provider ends sessions here, once {there} is registered.")
    return unclear(
        "The provider does not say that it reports its own sign-outs: sessions here then last "
        "until their limits, or until an administrator ends them."
    )


def _parsed(answer: ProbeAnswer) -> dict[str, Any] | None:
    if answer.failure or answer.status != 200:
        return None
    try:
        parsed = json.loads(answer.text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
