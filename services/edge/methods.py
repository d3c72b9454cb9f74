"""An address answers the methods that it has, and says of any other that it has not."""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from services.edge.notices import notice

Handler = Callable[[Request], Awaitable[Response]]


class Methods:
    """The handlers of one address by method; everything else gets 405 and `Allow`.

    A Starlette route that lists its methods would let any other method fall through to the
    dashboard, which takes every address. HEAD goes to `get` where that is `safe`: where a GET
    changes something, a scanner's HEAD must not.
    """

    def __init__(
        self, get: Handler | None = None, post: Handler | None = None, safe: bool = True
    ) -> None:
        head = get if safe else None
        given = {"GET": get, "HEAD": head, "POST": post}
        self._handlers = {method: handler for method, handler in given.items() if handler}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        request = Request(scope, receive, send)
        handler = self._handlers.get(request.method, self._refuse)
        response = await handler(request)
        await response(scope, receive, send)

    async def _refuse(self, _request: Request) -> Response:
        return refused_method(*self._handlers)


def refused_method(*allowed: str) -> Response:
    """405, with the methods that the address has."""
    return PlainTextResponse("method not allowed\n", 405, {"allow": ", ".join(allowed)})


class Unknown:
    """An address that does not exist, whatever the method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """404, with a page for people."""
        await unknown_page(HTTPConnection(scope))(scope, receive, send)


def unknown_page(connection: HTTPConnection) -> Response:
    """What an address answers that does not exist: 404, with a page for people."""
    if wants_page(connection):
        return notice(
            404,
            "There is no page at this address",
            "It may have been copied incompletely, or the page has moved. Nothing was changed. "
            '<a href="/">Go to the first page</a>',
        )
    return PlainTextResponse("no such address\n", 404)


def wants_page(connection: HTTPConnection) -> bool:
    """Whether a browser asks for a page to show, as it does for an address that is entered."""
    return "text/html" in connection.headers.get("accept", "")
