"""The hosted pages over HTTP, in place of those of a credential service provider.

What a page shows is the sandbox's invention. That its URL opens once, that it expires and how it
sends the browser back is Metriport's contract.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from services.sandbox.api.call import Call, route
from services.sandbox.hosted import texts, totp
from services.sandbox.hosted.pages import ABANDONED, COMPLETED, FAILED, PENDING, HostedPage
from services.sandbox.upstream import Upstream
from services.sandbox.webhooks.bodies import IDENTITY_VERIFIED
from services.sandbox.webhooks.messages import Message

COOKIE = "sandbox_hosted"
MOST_WRONG_CODES = 5

# The webhook about a verification is due this long after the browser was sent back, at speed 1.
_WEBHOOK_AFTER = timedelta(seconds=2)
_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'",
}

Step = Callable[[HostedPage, dict[str, str]], Response]


class Hosted:
    """The handlers. They need no API key: their URLs are secrets."""

    def __init__(self, up: Upstream) -> None:
        self._up = up

    def routes(self) -> list[Route]:
        """The routes of both kinds of page."""
        return [
            route("GET", "/hosted/s/{token}", self.show),
            route("GET", "/hosted/aal2/{token}", self.show),
            route("POST", "/hosted/s/{token}", self.verify),
            route("POST", "/hosted/aal2/{token}", self.challenge),
        ]

    def show(self, call: Call) -> Response:
        """Show the page to the first browser that opens it, and to no other."""
        page = self._up.hosted_pages.get(call.path("token"))
        if page is None:
            return _page(texts.UNKNOWN, 404)
        browser = call.request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
        # The first browser may reload its page: it is known by the cookie.
        mine = self._up.hosted_pages.enter(page, browser) or page.browser == browser
        if closed := self._closed(page, mine):
            return closed
        response = self._draw(page)
        path = f"{call.request.scope.get('root_path', '')}/hosted"
        response.set_cookie(COOKIE, browser, httponly=True, samesite="lax", path=path)
        return response

    def verify(self, call: Call) -> Response:
        """Take the person's answer on the page that proves who they are."""
        return self._answer(call, self._end_verification)

    def challenge(self, call: Call) -> Response:
        """Take the person's answer on the page that asks for a second factor."""
        return self._answer(call, self._end_challenge)

    def _answer(self, call: Call, step: Step) -> Response:
        page = self._up.hosted_pages.get(call.path("token"))
        if page is None:
            return _page(texts.UNKNOWN, 404)
        mine = page.browser is not None and page.browser == call.request.cookies.get(COOKIE)
        if closed := self._closed(page, mine):
            return closed
        form = parse_qs(call.raw.decode("utf-8", "replace"))
        given = {name: values[0] for name, values in form.items()}
        if given.get("do") == "leave":
            self._up.hosted_pages.end(page, ABANDONED)
            return _page(texts.LEFT)
        return step(page, given)

    def _closed(self, page: HostedPage, mine: bool) -> Response | None:
        """Why the page cannot be used, as a page; None if it can."""
        if self._up.clock() >= page.expires_at:
            return _page(texts.EXPIRED, 410)
        return None if mine and page.state == PENDING else _page(texts.USED, 410)

    def _end_verification(self, page: HostedPage, given: dict[str, str]) -> Response:
        passed = given.get("do") == "complete"
        # A second click finds the page ended: one page makes at most one identity.
        if not self._up.hosted_pages.end(page, COMPLETED if passed else FAILED):
            return _page(texts.USED, 410)
        if passed:
            self._schedule_webhook(page, self._up.identities.add(page.patient_id, self._up.clock()))
        return RedirectResponse(page.redirect_url, 303, _HEADERS)

    def _schedule_webhook(self, page: HostedPage, identity_id: str) -> None:
        content = {"metadata": page.metadata, "identity": _identity(page, identity_id)}
        now = self._up.clock()
        due = now + _WEBHOOK_AFTER / self._up.conditions.speed
        message = Message(IDENTITY_VERIFIED, due, page.patient_id, "", content)
        self._up.messages.schedule([message], now)

    def _end_challenge(self, page: HostedPage, given: dict[str, str]) -> Response:
        if given.get("do") != "complete" or page.wrong_codes >= MOST_WRONG_CODES:
            return self._send_back(page, FAILED, {"status": "failed"})
        identity_id = page.identity_id or ""
        # A passkey is only simulated, so there is nothing to check.
        if page.method == "totp" and not self._is_right(identity_id, given.get("code", "")):
            self._up.hosted_pages.count_wrong_code(page)
            return self._draw(page, wrong=True)
        session_id = self._up.identities.open_session(identity_id, self._up.clock())
        return self._send_back(page, COMPLETED, {"aal2SessionId": session_id, "status": "verified"})

    def _send_back(self, page: HostedPage, state: str, query: dict[str, str]) -> Response:
        if not self._up.hosted_pages.end(page, state):
            return _page(texts.USED, 410)
        # The redirect URL may have a query of its own; upstream appends to it.
        joint = "&" if "?" in page.redirect_url else "?"
        return RedirectResponse(page.redirect_url + joint + urlencode(query), 303, _HEADERS)

    def _is_right(self, identity_id: str, code: str) -> bool:
        identity = self._up.identities.get(identity_id)
        return identity is not None and totp.is_right(identity.totp_secret, code, self._up.clock())

    def _draw(self, page: HostedPage, wrong: bool = False) -> Response:
        patient = self._up.patients.get(page.patient_id) or {}
        name = escape(f"{patient.get('firstName', '')} {patient.get('lastName', '')}")
        if page.identity_id is None:
            return _page(texts.verification(name))
        identity = self._up.identities.get(page.identity_id)
        if page.method != "totp" or identity is None:
            return _page(texts.passkey(name))
        code = totp.code(identity.totp_secret, self._up.clock())
        return _page(texts.authenticator(name, identity.totp_secret, code, wrong))


def _identity(page: HostedPage, identity_id: str) -> dict[str, str]:
    return {"proofedIdentityId": identity_id, "sessionId": page.id}


def _page(text: texts.Text, status: int = 200) -> HTMLResponse:
    html = _PAGE.substitute(title=text.title, content=text.content)
    return HTMLResponse(html, status, _HEADERS)
