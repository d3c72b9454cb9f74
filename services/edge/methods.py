"""An address answers the methods that it has, and says of any other that it has not."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

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
        allowed = {"allow": ", ".join(self._handlers)}
        return PlainTextResponse("method not allowed\n", 405, allowed)


class Unknown:
    """An address that does not exist, whatever the method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """404."""
        await PlainTextResponse("no such address\n", 404)(scope, receive, send)
