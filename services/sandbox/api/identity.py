"""Identity sessions and AAL2 challenges over HTTP."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from services.ids import new_id
from services.sandbox.answers import answer, unknown, wire_time, wrong
from services.sandbox.api.call import API, Call, route
from services.sandbox.hosted.authorization import active_identity
from services.sandbox.hosted.pages import HostedPage
from services.sandbox.queries.body import read_metadata
from services.sandbox.upstream import Upstream

# The real times are not documented; these are in the usual range of such links.
SESSION_LASTS = timedelta(hours=1)
CHALLENGE_LASTS = timedelta(minutes=15)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class IdentityApi:
    """The handlers; each raises `Refusal` for what it refuses."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes below the API's prefix."""
        return [
            route("POST", f"{API}/identity/session", self.session),
            route("POST", f"{API}/identity/aal2/challenge", self.challenge),
        ]

    def session(self, call: Call) -> Response:
        """Create a hosted page on which a person proves who they are."""
        body = call.body()
        patient_id, redirect_url = _text(body, "patientId"), self._redirect_url(body)
        metadata = read_metadata(body)
        if self._up.patients.get(patient_id) is None:
            raise unknown("patient")
        now = self._up.clock()
        page = HostedPage(
            id=f"ids_{new_id(now)}",
            token=secrets.token_urlsafe(24),
            patient_id=patient_id,
            redirect_url=redirect_url,
            metadata=metadata,
            expires_at=now + SESSION_LASTS,
        )
        self._up.hosted_pages.add(page)
        opened = {
            "sessionId": page.id,
            "sessionUrl": f"{self._up.public_url}/hosted/s/{page.token}",
            "expiresAt": wire_time(page.expires_at),
            "status": page.state,
        }
        return answer(opened)

    def challenge(self, call: Call) -> Response:
        """Create a hosted page on which the owner of a proofed identity uses a second factor."""
        body = call.body()
        identity_id, redirect_url = _text(body, "proofedIdentityId"), self._redirect_url(body)
        identity = active_identity(self._up, identity_id)
        now = self._up.clock()
        page = HostedPage(
            id=f"aalc_{new_id(now)}",
            token=secrets.token_urlsafe(24),
            patient_id=identity.patient_id,
            identity_id=identity.id,
            redirect_url=redirect_url,
            method=_method(identity.patient_id),
            expires_at=now + CHALLENGE_LASTS,
        )
        self._up.hosted_pages.add(page)
        opened = {
            "challengeId": page.id,
            "challengeUrl": f"{self._up.public_url}/hosted/aal2/{page.token}",
            "expiresAt": wire_time(page.expires_at),
            "method": page.method,
        }
        return answer(opened)

    def _redirect_url(self, body: dict[str, Any]) -> str:
        """The `redirectUrl`: on the allowlist, and HTTPS unless it is on this machine."""
        # Whether upstream compares whole URLs or prefixes is not documented; whole is stricter.
        url = _text(body, "redirectUrl")
        if not _is_safe(url):
            raise wrong("redirectUrl", "must be an HTTPS URL")
        if url not in self._up.conditions.redirect_urls:
            raise wrong("redirectUrl", "is not on the allowlist of this account")
        return url


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise wrong(name, "is required")
    return value


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _method(patient_id: str) -> str:
    """The second factor that this person has set up: two thirds use an authenticator app.

    It follows from the id, so that a person always meets the same kind of page.
    """
    return "webauthn" if int(patient_id[-1], 16) % 3 == 0 else "totp"
