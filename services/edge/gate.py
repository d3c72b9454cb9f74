"""Nobody sees the dashboard, or a file that it serves, without being signed in."""

from collections.abc import Collection, Mapping
from urllib.parse import urlencode

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.addresses import DESK_PATH, IAS_PATH, SANDBOX_PATH, WEBHOOKS_PATH
from services.desk import desk
from services.edge.methods import Unknown, wants_page
from services.edge.sign_in import SIGN_IN_PATH

_OPEN = ("/healthz", "/readyz", "/_stcore/health", SIGN_IN_PATH)
_OPEN_BELOW = tuple(f"{path}/" for path in (WEBHOOKS_PATH, IAS_PATH, SANDBOX_PATH, SIGN_IN_PATH))
"""Paths with a guard of their own, or with nothing to guard: these exactly, and all below those."""

_ASSETS = "/static/"
"""Scripts and styles of Streamlit, which tell nobody anything."""

_OF_DASHBOARD = ("/_stcore/", "/media/", "/component/", "/app/static/", f"{DESK_PATH}/")
"""What the dashboard itself asks for, in a window of its own too: a file to download."""

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)


class Gate:
    """ASGI middleware: sends a browser to the sign-in page, and refuses everything else.

    `pages` are the names of the dashboard's pages: whoever enters another address is told that it
    leads nowhere, where the dashboard would open a blank window. The websocket passes: the shell
    behind it asks who is there on every run, and can say so on the page.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str] = ()) -> None:
        self._app = app
        self._pages = {f"/{page}" for page in pages} | {"/"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass, redirect or refuse."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        guarded = _with_headers(send)
        connection = HTTPConnection(scope)
        if scope["path"].startswith(_ASSETS):
            return await self._app(scope, receive, _without_pages(guarded))
        if _is_open(scope["path"]):
            return await self._app(scope, receive, guarded)
        if desk().sessions.actor(connection.cookies):
            known = not wants_page(connection) or self._is_known(scope["path"])
            return await (self._app if known else Unknown())(scope, receive, guarded)
        if scope["method"] == "GET" and wants_page(connection):
            return await RedirectResponse(_sign_in(scope), 303)(scope, receive, guarded)
        return await PlainTextResponse("sign in first\n", 401)(scope, receive, guarded)

    def _is_known(self, path: str) -> bool:
        return path in self._pages or path.startswith(_OF_DASHBOARD)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_BELOW)


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


def _with_headers(send: Send) -> Send:
    async def sending(message: Mapping[str, object]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))  # type: ignore[call-overload]
            given = {name.lower() for name, _ in headers}
            headers += [header for header in _HEADERS if header[0] not in given]
            message = {**message, "headers": headers}
        await send(dict(message))

    return sending
