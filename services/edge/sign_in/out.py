"""Sign-out: by the person, here and at the provider; or by the provider, on its own channel."""

from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.addresses import SIGN_IN_PATH, SIGNED_OUT
from services.desk import desk
from services.edge.bodies import BodyTooLarge, BodyTooSlow, RefusedUnread, read_body
from services.edge.lookups import look_up
from services.edge.methods import unknown_page
from services.edge.origins import is_ours
from services.edge.sign_in.forms import foreign_form
from services.edge.sign_in.pages import Action, message_page
from services.edge.staff_cookie import forget_cookie, token_of
from services.errors import ProviderUnavailable, SignInRefused
from services.staff.sign_in.provider_client import EndedThere

_LARGEST_TOKEN = 100_000
_NO_STORE = {"cache-control": "no-store"}


async def leave(request: Request) -> Response:
    """End the session here, in every tab, and lead on to the provider's own sign-out."""
    if not is_ours(request):
        return foreign_form()
    id_token = await look_up(desk().sign_ins.sign_out, token_of(request))
    there = await _sign_out_there(id_token)
    if there:
        response: Response = _lead_on(there)
    else:
        response = RedirectResponse(SIGNED_OUT if desk().provider else SIGN_IN_PATH, 303)
    forget_cookie(response)
    return response


async def _sign_out_there(id_token: str | None) -> str | None:
    provider = desk().provider
    if provider is None or id_token is None:
        return None
    try:
        return await provider.sign_out_url(id_token)
    except ProviderUnavailable:
        # The session here is over all the same.
        return None


def _lead_on(there: str) -> Response:
    """A page that goes on to the provider by itself.

    Not a redirect: browsers hold each step of a form's redirects to the `form-action` of the page
    that sent it, which allows this program only.
    """
    return message_page(
        "You are signed out of Access Desk",
        "Your company’s provider is told now, so that nobody can come back in your name.",
        Action("Go on to the provider", there),
        leads_to=there,
    )


async def end_from_provider(request: Request) -> Response:
    """Back-channel logout: end the sessions that a signed token of the provider names.

    200, or 400 for what is no such token (OpenID Connect Back-Channel Logout 2.8).
    """
    provider = desk().provider
    if provider is None:
        return unknown_page(request)
    try:
        body = await read_body(request, _LARGEST_TOKEN)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect):
        return RefusedUnread("not a logout token", 400, 0)
    try:
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
        ended = await provider.ended(form.get("logout_token", [""])[0])
    except (SignInRefused, ValueError):
        # Too many fields are a ValueError.
        return JSONResponse({"error": "invalid_request"}, 400, _NO_STORE)
    except ProviderUnavailable:
        return JSONResponse({"error": "temporarily_unavailable"}, 503, _NO_STORE)
    await look_up(_end, ended)
    provider.remember(ended)
    return Response(status_code=200, headers=_NO_STORE)


def _end(ended: EndedThere) -> None:
    provider = desk().provider
    assert provider is not None
    issuer = provider.client.issuer
    desk().sign_ins.end_at_provider(issuer, subject=ended.subject, sid=ended.sid)
