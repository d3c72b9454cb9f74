"""Reads the forms of the pages around sign-in, which only pages of ours may send."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from services.desk import desk
from services.edge.bodies import BodyTooLarge, BodyTooSlow, RefusedUnread, read_body
from services.edge.origins import is_ours
from services.edge.sign_in.pages import Action, local_path, message_page
from services.staff.permissions import Role

_LARGEST_FORM = 10_000


@dataclass(frozen=True)
class RoleForm:
    """The chosen role, and the local address to go to."""

    role: Role
    wanted: str


async def read_role_form(request: Request) -> RoleForm | Response:
    """The fields that were sent, or the refusal of what is not a form of ours."""
    if not is_ours(request):
        return foreign_form()
    try:
        body = await read_body(request, _LARGEST_FORM)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect):
        return RefusedUnread("not a form of this page", 400, 0)
    form = parse_qs(body.decode("utf-8", "replace"))
    try:
        role = Role(form.get("role", [""])[0])
    except ValueError:
        return PlainTextResponse("No such role. Go back and choose a card.\n", 400)
    return RoleForm(role, local_path(form.get("next", ["/"])[0]))


def foreign_form() -> Response:
    """The answer to a form that another site has sent, or a page under another address of ours."""
    here = desk().public_url
    return message_page(
        "This did not come from Access Desk",
        "Another page has sent this request, so nothing was done. Access Desk is at "
        f"{here}, and works under that address only.",
        Action("Open Access Desk", f"{here}/"),
        status=403,
    )
