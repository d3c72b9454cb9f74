"""`/ias/…`: the pages between the link that a person was sent and upstream's hosted pages."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from services.addresses import IAS_PATH, LINK_PATH, RETURN_PATHS
from services.desk import desk
from services.edge import patient_texts as texts
from services.edge.methods import Methods
from services.errors import LogRefused, LogUnavailable
from services.identity.access_facts import AAL2, IDENTITY
from services.identity.patient_links import COOKIE_MAX_AGE, LinkState, Visit
from services.identity.returns import ReturnOutcome

_PAGE = Template((Path(__file__).parent / "patient.html").read_text(encoding="utf-8"))
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(texts.CONTINUE_SCRIPT.encode()).digest()).decode()
_COOKIES = {IDENTITY: "access_desk_identity", AAL2: "access_desk_aal2"}
_STATUSES = {
    LinkState.UNKNOWN: 404,
    LinkState.USED: 410,
    LinkState.EXPIRED: 410,
    LinkState.REPLACED: 410,
    LinkState.WITHDRAWN: 410,
}
_SANDBOX_NOTE = "<footer>Sandbox: every person here is invented.</footer>"

Found = TypeVar("Found")


async def show(request: Request) -> Response:
    """What comes, and a Continue button. Opening it uses nothing up: mail scanners open links."""
    token = request.path_params["token"]
    look = await _from_log(lambda: desk().links.look(token))
    if look is None:
        return _page(texts.BROKEN, 503)
    if look.state is not LinkState.READY:
        return _page(texts.LINKS[look.state], _STATUSES[look.state])
    return _page(texts.OFFERS[look.kind], form_target=look.destination)


async def show_unknown(_request: Request) -> Response:
    """For a link that was copied in part, or with something behind it."""
    return _page(texts.LINKS[LinkState.UNKNOWN], 404)


async def follow(request: Request) -> Response:
    """Use the link up, bind this browser to it, and send it to the hosted page."""
    # No other site may press Continue in somebody's browser.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return _page(texts.LINKS[LinkState.UNKNOWN], 403)
    token = request.path_params["token"]
    cookies = request.cookies
    visit = await _from_log(lambda: _follow(token, cookies))
    if visit is None:
        return _page(texts.BROKEN, 503)
    if isinstance(visit, LinkState):
        return _page(texts.LINKS[visit], _STATUSES[visit])
    return _sent_on(request, visit)


async def back_from_identity(request: Request) -> Response:
    """The browser came back from proving an identity."""
    if not _is_window(request):
        return _page(texts.RETURNS[ReturnOutcome.UNKNOWN], 403)
    cookie, status = request.cookies.get(_COOKIES[IDENTITY]), request.query_params.get("status")
    back = await _from_log(lambda: desk().links.back_from_identity(cookie, status))
    return _came_back(request, back)


async def back_from_challenge(request: Request) -> Response:
    """The browser came back from the multifactor challenge."""
    if not _is_window(request):
        return _page(texts.RETURNS[ReturnOutcome.UNKNOWN], 403)
    cookie, given = request.cookies.get(_COOKIES[AAL2]), request.query_params
    status, credential = given.get("status"), given.get("aal2SessionId")
    back = await _from_log(lambda: desk().links.back_from_challenge(cookie, status, credential))
    return _came_back(request, back)


def _is_window(request: Request) -> bool:
    """Whether a window of the browser went to this address, as far as the browser says.

    An image, a frame, a fetch or a prefetch is no return, so it is refused before it changes
    anything. A forged link that opens a window cannot be told from a real return, which comes from
    another site too: `returns` lets both count. Older browsers send none of these headers.
    """
    # W3C Fetch Metadata Request Headers.
    return (
        request.headers.get("sec-fetch-mode", "navigate") == "navigate"
        and request.headers.get("sec-fetch-dest", "document") == "document"
        and "prefetch" not in request.headers.get("sec-purpose", "")
    )


async def _from_log(ask: Callable[[], Found]) -> Found | None:
    """What `ask` answers; None where the log does not answer, or refuses what was to be kept."""
    try:
        return await run_in_threadpool(ask)
    except (LogUnavailable, LogRefused):
        return None


def _follow(token: str, cookies: Mapping[str, str]) -> Visit | LinkState:
    kind = desk().links.look(token).kind
    return desk().links.follow(token, cookies.get(_COOKIES[kind]))


def _sent_on(request: Request, visit: Visit) -> Response:
    response = RedirectResponse(visit.url, 303, _headers())
    response.set_cookie(
        _COOKIES[visit.kind],
        visit.cookie,
        max_age=int(COOKIE_MAX_AGE.total_seconds()),
        path=f"{IAS_PATH}/",
        httponly=True,
        samesite="lax",
        secure=desk().link_sender.return_url(visit.kind).startswith("https:"),
    )
    return response


def _came_back(request: Request, back: ReturnOutcome | None) -> Response:
    if back is None:
        return _page(texts.BROKEN, 503)
    if request.url.query:
        # The address carries a credential: it must not stay in the window or its history.
        return RedirectResponse(request.url.path, 303, _headers())
    return _page(texts.RETURNS[back], 400 if back is ReturnOutcome.UNKNOWN else 200)


def _page(text: texts.Text, status: int = 200, form_target: str = "") -> HTMLResponse:
    html = _PAGE.substitute(
        title=text.title,
        content=text.content,
        icon=text.icon,
        tone="" if text.good else " warn",
        footer=_SANDBOX_NOTE if desk().sandbox else "",
    )
    return HTMLResponse(html, status, _headers(form_target))


def _headers(form_target: str = "") -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        # Browsers hold every redirect of a form to this, and upstream may send people further on.
        f"script-src 'sha256-{_SCRIPT_HASH}'; form-action 'self' https: {form_target}"
    )
    return {
        "content-security-policy": policy.strip(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }


routes = [
    Route(LINK_PATH + "{token}", Methods(get=show, post=follow)),
    Route(RETURN_PATHS[IDENTITY], Methods(get=back_from_identity, safe=False)),
    Route(RETURN_PATHS[AAL2], Methods(get=back_from_challenge, safe=False)),
    Route(IAS_PATH + "/{rest:path}", Methods(get=show_unknown, post=show_unknown)),
]
