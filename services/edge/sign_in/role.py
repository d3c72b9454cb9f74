"""`/sign-in/role`: whoever has several roles works in one of them, never in all at once."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.addresses import SIGN_IN_PATH
from services.desk import desk
from services.edge.lookups import look_up
from services.edge.sign_in.forms import RoleForm, read_role_form
from services.edge.sign_in.pages import (
    ROLES,
    address,
    cards_page,
    local_path,
    message_page,
    sign_in_again,
)
from services.edge.staff_cookie import set_cookie, token_of
from services.errors import InvalidInput, SignInEnded

ROLE_PATH = f"{SIGN_IN_PATH}/role"


async def page(request: Request) -> Response:
    """One card for each role that the person has; without any choice, where they wanted to go."""
    wanted = local_path(request.query_params.get("next", "/"))
    roles = await look_up(desk().sign_ins.choices, token_of(request))
    if not roles:
        return RedirectResponse(wanted, 303)
    now = await look_up(desk().sessions.actor, request.cookies)
    return cards_page(
        "In which role do you work?",
        "Your account has several roles here. You work in one at a time: what you see and do is "
        "noted under it. You can change it later.",
        [
            (role, ROLES[role][0][0], "Your role now" if now and now.role is role else "")
            for role in roles
        ],
        sent_to=ROLE_PATH,
        wanted=wanted,
        footer="Tabs that are open in another role stop working when you choose a new one.",
    )


async def choose(request: Request) -> Response:
    """Go on in the chosen role."""
    form = await read_role_form(request)
    if not isinstance(form, RoleForm):
        return form
    try:
        token = await look_up(desk().sign_ins.choose, token_of(request), form.role)
    except SignInEnded:
        return message_page(
            "The time to choose is over",
            "Sign in again, then choose your role within ten minutes.",
            sign_in_again(form.wanted, "Sign in again"),
            status=403,
        )
    except InvalidInput:
        return message_page(
            "This role is not yours",
            "Your account’s groups do not give it. Choose one of those that they give.",
            sign_in_again(address(ROLE_PATH, next=form.wanted), "Sign in again"),
            status=403,
        )
    response = RedirectResponse(form.wanted, 303)
    set_cookie(response, token)
    return response
