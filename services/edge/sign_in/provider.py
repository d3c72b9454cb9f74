"""Sign-in at the company's provider: the way there, and the way back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.desk import desk
from services.edge.lookups import look_up
from services.edge.methods import unknown_page
from services.edge.sign_in import way_cookie
from services.edge.sign_in.browser_name import browser_of
from services.edge.sign_in.pages import (
    Action,
    address,
    groups_table,
    local_path,
    message_page,
    sign_in_again,
)
from services.edge.sign_in.role import ROLE_PATH
from services.edge.sign_in.texts import REFUSALS
from services.edge.staff_cookie import set_cookie, token_of
from services.errors import ProviderUnavailable, SignInRefused
from services.staff.sign_in.provider import Provider
from services.staff.sign_in.provider_client import Arrival, Refusal
from services.staff.sign_in.sign_ins import ProviderSession

_LABEL = "Sign in with your company’s account"


async def page(request: Request) -> Response:
    """Straight on to the provider, but for those who have just been signed out.

    A provider that still knows them would sign them in at once, as if nothing had happened.
    """
    wanted = local_path(request.query_params.get("next", "/"))
    token = token_of(request)
    if await look_up(desk().sign_ins.choices, token) and not await _is_signed_in(request):
        return RedirectResponse(address(ROLE_PATH, next=wanted), 303)
    if "go" in request.query_params:
        return await _depart(request, wanted)
    if "ended" in request.query_params:
        return _signed_out_page("You are signed out", "Nobody can go on here in your name.", wanted)
    if token and not await _is_signed_in(request):
        sentence = "You were signed out, or did nothing here for a while. Nothing was lost."
        return _signed_out_page("Your sign-in has ended", sentence, wanted)
    return await _depart(request, wanted)


async def come_back(request: Request) -> Response:
    """Sign in whom the provider names, or say why not."""
    provider = desk().provider
    if provider is None:
        return unknown_page(request)
    answer = dict(request.query_params)
    try:
        arrival = await provider.arrive(answer, way_cookie.secret_of(request))
    except SignInRefused as error:
        response = await _refused(request, error)
    except ProviderUnavailable:
        response = _unavailable()
    else:
        response = await _arrived(request, provider, arrival)
    way_cookie.forget(response, request)
    return response


def _unavailable(wanted: str = "/") -> Response:
    """503: nobody can sign in now."""
    return message_page(
        "The sign-in provider does not answer",
        "Your company’s sign-in cannot be reached, so nobody new can be let in. Whoever is signed "
        "in can go on working. Try again in a minute; if it stays, tell an administrator.",
        sign_in_again(wanted),
        status=503,
        headers={"retry-after": "30"},
    )


async def _depart(request: Request, wanted: str) -> Response:
    provider = desk().provider
    assert provider is not None
    try:
        departure = await provider.depart(wanted)
    except ProviderUnavailable:
        return _unavailable(wanted)
    response = RedirectResponse(departure.url, 303, {"cache-control": "no-store"})
    way_cookie.keep(response, request, departure)
    return response


async def _refused(request: Request, error: SignInRefused) -> Response:
    await look_up(desk().refused_sign_ins.note, error.why, browser_of(request))
    refusal = Refusal(error.why)
    title, sentence = REFUSALS[refusal]
    actions = [sign_in_again()]
    if refusal is Refusal.UNKNOWN and await _is_signed_in(request):
        # Somebody went back to the address of a return that has done its work.
        actions = [Action("Go to Access Desk", "/")]
    return message_page(title, sentence, *actions, status=400)


async def _arrived(request: Request, provider: Provider, arrival: Arrival) -> Response:
    if not arrival.roles:
        return await _no_role(request, provider, arrival)
    token = await look_up(_begin, request, arrival)
    chooses = len(arrival.roles) > 1
    wanted = address(ROLE_PATH, next=arrival.wanted) if chooses else arrival.wanted
    response = RedirectResponse(wanted, 303, {"cache-control": "no-store"})
    set_cookie(response, token)
    return response


def _begin(request: Request, arrival: Arrival) -> str:
    return desk().sign_ins.begin(
        arrival.member,
        arrival.roles,
        browser_of(request),
        provider=ProviderSession(arrival.sid, arrival.id_token),
        replaces=token_of(request),
    )


async def _no_role(request: Request, provider: Provider, arrival: Arrival) -> Response:
    browser = browser_of(request)
    await look_up(desk().sign_ins.refuse, arrival.member, "no_role", browser)
    member = arrival.member
    who = f"{member.name} ({member.email})" if member.email else member.name
    actions = [sign_in_again(arrival.wanted, "Sign in again")]
    try:
        elsewhere = await provider.sign_out_url(arrival.id_token)
    except ProviderUnavailable:
        elsewhere = None
    if elsewhere:
        actions.append(Action("Use another account", elsewhere))
    return message_page(
        "You have no role here yet",
        f"You signed in as {who}, and none of your groups gives you a role in Access Desk. Ask "
        "whoever manages your company’s accounts to put you into one of these groups, then sign in "
        "again. That you were here was noted.",
        *actions,
        status=403,
        more=groups_table(provider.rule.groups),
    )


def _signed_out_page(title: str, sentence: str, wanted: str) -> Response:
    return message_page(title, sentence, sign_in_again(wanted, _LABEL))


async def _is_signed_in(request: Request) -> bool:
    return await look_up(desk().sessions.actor, request.cookies) is not None
