"""Nobody sees the dashboard, or a file that it serves, without being signed in."""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.addresses import (
    CONSENTS_PATH,
    DESK_PATH,
    IAS_PATH,
    METRICS_PATH,
    SANDBOX_PATH,
    SESSION_PATH,
    WEBHOOK_PATH,
    WEBHOOKS_PATH,
)
from services.desk import desk
from services.edge.gate.files import MEDIA, UPLOADS, FileOwners, may_have
from services.edge.gate.headers import (
    FILE,
    NOTHING,
    page_policy,
    with_headers,
    with_headers_for_strangers,
)
from services.edge.gate.hosts import refused_host
from services.edge.gate.sockets import MOST_SOCKETS, Sockets
from services.edge.gate.who import note_file_after_end, who_is
from services.edge.methods import Unknown, wants_page
from services.edge.notices import notice
from services.edge.origins import is_ours
from services.edge.sign_in import SIGN_IN_PATH
from services.errors import AccessDeskError
from services.staff.permissions import Actor

_OPEN = (
    "/healthz",
    "/readyz",
    "/_stcore/health",
    CONSENTS_PATH,
    METRICS_PATH,
    SESSION_PATH,
    SIGN_IN_PATH,
)
_OPEN_BELOW = tuple(f"{path}/" for path in (WEBHOOKS_PATH, IAS_PATH, SANDBOX_PATH, SIGN_IN_PATH))
"""Paths with a guard of their own, or with nothing to guard: these exactly, and all below those.

Programs post there, which send no `Origin`; and patients' pages, which keep their address from
upstream and send none either. The forms of `services.edge.sign_in` look at it themselves."""

_SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110)."""

_ASSETS = "/static/"
"""Scripts and styles of Streamlit, which tell nobody anything."""

_OF_STREAMLIT = ("/favicon.png", "/manifest.json", "/_stcore/host-config")
_OF_STREAMLIT_BELOW = ("/_stcore/bidi-components/", MEDIA, UPLOADS)
"""What the dashboard itself asks for. Streamlit answers more addresses, which nobody needs: its own
sign-in, its figures at `/_stcore/metrics`, its interface for programs."""


@dataclass(frozen=True)
class Dashboard:
    """What the gate must know of the dashboard behind it."""

    pages: Collection[str] = ()
    """The names of its pages: whoever enters another address is told that it leads nowhere, where
    Streamlit would open a blank window."""
    scripts: Collection[str] = ()
    """The hashes of the inline scripts of its page."""
    files: FileOwners | None = None
    """Answers whose a file is; None where no files are served."""
    receive_webhooks: ASGIApp | None = None
    """Answers upstream, without the way through everything that stands before the dashboard."""


class Gate:
    """ASGI middleware: sends a browser to the sign-in page, and refuses everything else."""

    def __init__(self, app: ASGIApp, dashboard: Dashboard) -> None:
        self._app = app
        self._dashboard = dashboard
        self._pages = {f"/{page}" for page in dashboard.pages} | {"/"}
        self._sockets = Sockets(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass, redirect or refuse."""
        if scope["type"] == "websocket":
            return await self._sockets(scope, receive, send)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"] == WEBHOOK_PATH and self._dashboard.receive_webhooks:
            # Before anything is asked of the request: many come at once, and each is signed.
            receiving = self._dashboard.receive_webhooks
            return await receiving(scope, receive, with_headers_for_strangers(send))
        is_asset = scope["path"].startswith(_ASSETS)
        guarded = with_headers(send, self._policy(scope["path"]), cacheable=is_asset)
        answer = await self._answer(HTTPConnection(scope))
        if is_asset and answer is self._app:
            guarded = _without_pages(guarded)
        return await answer(scope, receive, guarded)

    async def _answer(self, connection: HTTPConnection) -> ASGIApp:
        """What answers: the application, or a refusal."""
        path = connection.scope["path"]
        if refused := refused_host(connection):
            return refused
        if path.startswith((_ASSETS, *_OPEN_BELOW)) or path in _OPEN:
            return self._app
        if connection.scope["method"] not in _SAFE and not is_ours(connection):
            return _foreign()
        try:
            who = await who_is(connection)
        except AccessDeskError:
            return notice(503, "Access Desk cannot look up your sign-in", "Try again in a minute.")
        if who is not None:
            return await self._for_staff(who, connection)
        if connection.scope["method"] == "GET" and wants_page(connection):
            return RedirectResponse(_sign_in(connection.scope), 303)
        if path.startswith((MEDIA, UPLOADS)):
            await note_file_after_end(connection)
        return PlainTextResponse("sign in first\n", 401)

    async def _for_staff(self, who: Actor, connection: HTTPConnection) -> ASGIApp:
        path = connection.scope["path"]
        if path.startswith((MEDIA, UPLOADS)):
            files = self._dashboard.files
            return self._app if files and await may_have(who, connection, files) else Unknown()
        if path in self._pages and self._sockets.is_full(who):
            return notice(
                429,
                "You have too many pages open",
                f"Access Desk shows {MOST_SOCKETS} at a time. Close one, then reload this.",
            )
        return self._app if self._is_known(path) else Unknown()

    def _is_known(self, path: str) -> bool:
        below = (f"{DESK_PATH}/", *_OF_STREAMLIT_BELOW)
        return path in self._pages or path in _OF_STREAMLIT or path.startswith(below)

    def _policy(self, path: str) -> str:
        if path.startswith(MEDIA):
            return FILE
        if path in self._pages or path.startswith(_ASSETS):
            return page_policy(desk().public_url, self._dashboard.scripts)
        return NOTHING


def _foreign() -> ASGIApp:
    here = escape(desk().public_url)
    return notice(
        403,
        "This did not come from Access Desk",
        f'Another page has sent it, so nothing was done. Access Desk is at <a href="{here}/">{here}'
        "</a>, and works under that address only.",
    )


def _sign_in(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return SIGN_IN_PATH if wanted == "/" else f"{SIGN_IN_PATH}?" + urlencode({"next": wanted})


def _without_pages(send: Send) -> Send:
    """Pass every answer but a page: Streamlit answers with the dashboard where it has no file."""
    refused = False

    async def sending(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and _is_page(message):
            refused = True
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            message = {**message, "status": 404, "headers": headers}
        elif refused:
            last = not message.get("more_body", False)
            message = {**message, "body": b"no such address\n" if last else b""}
        await send(message)

    return sending


def _is_page(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start.get("headers", ())}
    return bytes(headers.get(b"content-type", b"")).startswith(b"text/html")
