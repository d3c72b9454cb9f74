"""The sandbox's sign-in page: one card per role. It does not exist with an API key."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.addresses import SIGN_IN_PATH
from services.desk import desk
from services.edge.lookups import look_up
from services.edge.sign_in.browser_name import browser_of
from services.edge.sign_in.forms import RoleForm, read_role_form
from services.edge.sign_in.pages import ROLES, cards_page, local_path
from services.edge.staff_cookie import set_cookie, token_of
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role


def page(request: Request) -> Response:
    """The cards."""
    return cards_page(
        "Who is working today?",
        "This is the sandbox: every patient is invented, and you choose a role instead of signing "
        "in with your company’s account. What you do is noted under that person’s name.",
        [(role, _initials(role), SANDBOX_STAFF[role].name) for role in ROLES],
        sent_to=SIGN_IN_PATH,
        wanted=local_path(request.query_params.get("next", "/")),
        footer="Synthetic people and records only. With an API key this page does not exist.",
    )


async def enter(request: Request) -> Response:
    """Set the cookie of the chosen role and go where the person wanted to go."""
    form = await read_role_form(request)
    if not isinstance(form, RoleForm):
        return form
    response = RedirectResponse(form.wanted, 303)
    set_cookie(response, await look_up(_begin, request, form.role))
    return response


def _begin(request: Request, role: Role) -> str:
    return desk().sign_ins.begin(
        SANDBOX_STAFF[role], [role], browser_of(request), replaces=token_of(request)
    )


def _initials(role: Role) -> str:
    return "".join(part[0] for part in SANDBOX_STAFF[role].name.split())
