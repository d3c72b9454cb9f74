"""`POST /webhooks/metriport`: verify, keep, answer; interpretation comes after."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from services.desk import desk
from services.edge.bodies import (
    BODY_SECONDS,
    BodyTooLarge,
    BodyTooSlow,
    RefusedUnread,
    receive_body,
)
from services.edge.methods import refused_method
from services.errors import LogUnavailable
from services.metriport.signature import HEADER
from services.webhooks.receiver import MAX_BODY
from services.webhooks.rejections import Rejection

_STATUS = {
    Rejection.UNSIGNED: 401,
    Rejection.BAD_SIGNATURE: 401,
    Rejection.TOO_LARGE: 413,
    Rejection.TOO_SLOW: 408,
    Rejection.NOT_JSON: 400,
}


_SIGNATURE = HEADER.encode()
_UNCACHED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_KEPT = JSONResponse({}, headers=_UNCACHED)

_RETRY_SECONDS = 5
"""As long as the log waits for a lock before it gives up."""


class WebhookRoute:
    """What answers upstream. A body has to come whole within `seconds`.

    An ASGI application of few steps, because messages come by the thousand.
    """

    def __init__(self, seconds: float = BODY_SECONDS) -> None:
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["method"] == "POST":
            response = await self._receive(dict(scope["headers"]), receive)
        else:
            response = refused_method("POST")
        await response(scope, receive, send)

    async def _receive(self, headers: Mapping[bytes, bytes], receive: Receive) -> Response:
        """200 once the message is committed, with a ping's pong; 503 where it was not kept."""
        announced = headers.get(b"content-length", b"0")
        try:
            body = await receive_body(receive, announced, MAX_BODY, self._seconds)
        except BodyTooLarge:
            return await self._refuse(Rejection.TOO_LARGE, self._seconds)
        except BodyTooSlow:
            return await self._refuse(Rejection.TOO_SLOW, 0)
        except ClientDisconnect:
            # Whoever sent this is gone: nobody hears the answer, and nothing was kept.
            return Response(status_code=400)
        signature = headers.get(_SIGNATURE)
        return await _take(body, signature.decode("latin-1") if signature is not None else None)

    async def _refuse(self, why: Rejection, seconds: float) -> Response:
        await desk().webhooks.take_rejection(why, None)
        return RefusedUnread(why.value, _STATUS[why], seconds)


async def _take(body: bytes, signature: str | None) -> Response:
    try:
        receipt = await desk().webhooks.take(body, signature)
    except LogUnavailable:
        again = {"retry-after": str(_RETRY_SECONDS)}
        return JSONResponse({"error": "not kept, deliver again"}, 503, again)
    if receipt.rejection:
        return JSONResponse({"error": receipt.rejection.value}, _STATUS[receipt.rejection])
    desk().interpreter.nudge()
    return JSONResponse({"pong": receipt.pong}, 200, _UNCACHED) if receipt.pong else _KEPT
