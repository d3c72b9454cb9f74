"""`/ias/…`: the pages between the link that a person was sent and upstream's hosted pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.addresses import IAS_PATH, LINK_PATH, RETURN_PATHS
from services.desk import desk
from services.edge.methods import Methods
from services.edge.patients import texts
from services.edge.patients.page import from_log, is_foreign, patient_headers, patient_page
from services.edge.patients.tick import consent_form, read_agreed
from services.identity.access_facts import AAL2, IDENTITY
from services.identity.consent.page_consents import Unagreed
from services.identity.patient_links import COOKIE_MAX_AGE, LinkState, LinkView, Visit
from services.identity.returns import ReturnOutcome

_COOKIES = {IDENTITY: "access_desk_identity", AAL2: "access_desk_aal2"}
_STATUSES = {
    LinkState.UNKNOWN: 404,
    LinkState.USED: 410,
    LinkState.EXPIRED: 410,
    LinkState.REPLACED: 410,
    LinkState.WITHDRAWN: 410,
}


@dataclass(frozen=True)
class _Refused:
    """Continue that did not go on for want of the tick: the link, and what is missing."""

    link: LinkView
    missing: Unagreed


@dataclass(frozen=True)
class _Return:
    """What a return means, and the lasting link of the consent that was given on the way."""

    outcome: ReturnOutcome
    withdrawal_url: str | None


async def show(request: Request) -> Response:
    """What comes, and a Continue button. Opening it uses nothing up: mail scanners open links."""
    token = request.path_params["token"]
    look = await from_log(lambda: desk().links.look(token))
    return patient_page(texts.BROKEN, 503) if look is None else _page_of(look)


async def show_unknown(_request: Request) -> Response:
    """For a link that was copied in part, or with something behind it."""
    return patient_page(texts.LINKS[LinkState.UNKNOWN], 404)


async def follow(request: Request) -> Response:
    """Use the link up, bind this browser to it, and send it to the hosted page.

    Without the tick, where one is asked for, the page is shown again and nothing is used up.
    """
    # No other site may press Continue in somebody's browser.
    if is_foreign(request):
        return patient_page(texts.LINKS[LinkState.UNKNOWN], 403)
    token, cookies = request.path_params["token"], request.cookies
    agreed = await read_agreed(request)
    visit = await from_log(lambda: _follow(token, cookies, agreed))
    if visit is None:
        return patient_page(texts.BROKEN, 503)
    if isinstance(visit, _Refused):
        return _page_of(visit.link, visit.missing)
    if isinstance(visit, LinkState):
        return patient_page(texts.LINKS[visit], _STATUSES[visit])
    return _sent_on(visit)


async def back_from_identity(request: Request) -> Response:
    """The browser came back from proving an identity."""
    if not _is_window(request):
        return patient_page(texts.RETURNS[ReturnOutcome.UNKNOWN], 403)
    cookie, status = request.cookies.get(_COOKIES[IDENTITY]), request.query_params.get("status")

    def take() -> _Return:
        outcome = desk().links.back_from_identity(cookie, status)
        return _Return(outcome, desk().links.withdrawal_url(IDENTITY, cookie))

    return _came_back(request, await from_log(take))


async def back_from_challenge(request: Request) -> Response:
    """The browser came back from the multifactor challenge."""
    if not _is_window(request):
        return patient_page(texts.RETURNS[ReturnOutcome.UNKNOWN], 403)
    cookie, given = request.cookies.get(_COOKIES[AAL2]), request.query_params
    status, credential = given.get("status"), given.get("aal2SessionId")

    def take() -> _Return:
        outcome = desk().links.back_from_challenge(cookie, status, credential)
        return _Return(outcome, desk().links.withdrawal_url(AAL2, cookie))

    return _came_back(request, await from_log(take))


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


def _follow(
    token: str, cookies: Mapping[str, str], agreed: str | None
) -> Visit | LinkState | _Refused:
    look = desk().links.look(token)
    visit = desk().links.follow(token, cookies.get(_COOKIES[look.kind]), agreed)
    return _Refused(look, visit) if isinstance(visit, Unagreed) else visit


def _page_of(look: LinkView, missing: Unagreed | None = None) -> Response:
    """The page of a link; `missing` says why Continue did not go on."""
    if look.state is not LinkState.READY:
        return patient_page(texts.LINKS[look.state], _STATUSES[look.state])
    consent = consent_form(desk().consents.terms.words, missing) if look.asks else ""
    page = texts.with_form(texts.OFFERS[look.kind], consent)
    return patient_page(page, 422 if missing else 200, look.destination)


def _sent_on(visit: Visit) -> Response:
    response = RedirectResponse(visit.url, 303, patient_headers())
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


def _came_back(request: Request, back: _Return | None) -> Response:
    if back is None:
        return patient_page(texts.BROKEN, 503)
    if request.url.query:
        # The address carries a credential: it must not stay in the window or its history.
        return RedirectResponse(request.url.path, 303, patient_headers())
    page = texts.RETURNS[back.outcome]
    if back.withdrawal_url:
        page = texts.with_link_to_keep(page, back.withdrawal_url)
    return patient_page(page, 400 if back.outcome is ReturnOutcome.UNKNOWN else 200)


routes = [
    Route(LINK_PATH + "{token}", Methods(get=show, post=follow)),
    Route(RETURN_PATHS[IDENTITY], Methods(get=back_from_identity, safe=False)),
    Route(RETURN_PATHS[AAL2], Methods(get=back_from_challenge, safe=False)),
    Route(IAS_PATH + "/{rest:path}", Methods(get=show_unknown, post=show_unknown)),
]
