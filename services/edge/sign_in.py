"""The sandbox's sign-in page: one card per role. It does not exist with an API key."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.desk import desk
from services.edge.bodies import BodyTooLarge, BodyTooSlow, RefusedUnread, read_body
from services.edge.methods import Methods
from services.edge.staff_cookie import forget_cookie, set_cookie, token_of
from services.staff.members import SANDBOX_STAFF
from services.staff.permissions import Role
from services.staff.sign_ins import Browser

SIGN_IN_PATH = "/sign-in"

_LARGEST_FORM = 10_000
_PAGE = Template((Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8"))
_CARD = Template(
    '<button class="card" name="role" value="$role"><span class="mark">$initials</span>'
    '<span class="who"><strong>$title</strong><span>$name</span></span>'
    '<span class="what">$what</span></button>'
)
_CARDS = {
    Role.SUPPORT: ("Support", "Find patients, start treatment queries, follow them to the end."),
    Role.COMPLIANCE: ("Compliance", "Read the log of queries and who started them."),
    Role.PRODUCT: ("Product", "See how queries fare: numbers only, never a person."),
    Role.ADMIN: ("Administrator", "Everything."),
}


async def page(request: Request) -> Response:
    """The cards; `next` is where the person wanted to go."""
    cards = "".join(_card(role) for role in _CARDS)
    wanted = escape(local_path(request.query_params.get("next", "/")))
    html = _PAGE.substitute(cards=cards, next=wanted)
    headers = {
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "cache-control": "no-store",
    }
    return HTMLResponse(html, headers=headers)


async def enter(request: Request) -> Response:
    """Set the cookie of the chosen role and go where the person wanted to go."""
    try:
        body = await read_body(request, _LARGEST_FORM)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect):
        return RefusedUnread("not a form of this page", 400, 0)
    form = parse_qs(body.decode("utf-8", "replace"))
    try:
        role = Role(form.get("role", [""])[0])
    except ValueError:
        return PlainTextResponse("No such role. Go back and choose a card.\n", 400)
    response = RedirectResponse(local_path(form.get("next", ["/"])[0]), 303)
    set_cookie(response, await run_in_threadpool(_begin, request, role))
    return response


def _begin(request: Request, role: Role) -> str:
    address = request.client.host if request.client else ""
    return desk().sign_ins.begin(
        SANDBOX_STAFF[role], [role], Browser(address), replaces=token_of(request)
    )


async def leave(request: Request) -> Response:
    """End the session, here and in every other tab."""
    response = RedirectResponse(SIGN_IN_PATH, 303)
    await run_in_threadpool(desk().sign_ins.sign_out, token_of(request))
    forget_cookie(response)
    return response


def local_path(wanted: str) -> str:
    """`wanted` if it stays on this server, else the front page."""
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if local and wanted.isprintable() else "/"


def _card(role: Role) -> str:
    title, what = _CARDS[role]
    name = SANDBOX_STAFF[role].name
    initials = "".join(part[0] for part in name.split())
    return _CARD.substitute(role=role.value, title=title, what=what, name=name, initials=initials)


routes = [
    Route(SIGN_IN_PATH, Methods(get=page, post=enter)),
    Route(f"{SIGN_IN_PATH}/out", Methods(get=leave, safe=False)),
]
