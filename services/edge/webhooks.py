"""`POST /webhooks/metriport`: verify, keep, answer; interpretation comes after."""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from services.desk import desk
from services.edge.bodies import (
    BODY_SECONDS,
    BodyTooLarge,
    BodyTooSlow,
    RefusedUnread,
    read_body,
)
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


_RETRY_SECONDS = 5
"""As long as the log waits for a lock before it gives up."""


class WebhookRoute:
    """What answers upstream. A body has to come whole within `seconds`."""

    def __init__(self, seconds: float = BODY_SECONDS) -> None:
        self._seconds = seconds

    async def receive(self, request: Request) -> Response:
        """200 once the message is committed, with a ping's pong; 503 where it was not kept."""
        try:
            body = await read_body(request, MAX_BODY, self._seconds)
        except BodyTooLarge:
            return await self._refuse(Rejection.TOO_LARGE, self._seconds)
        except BodyTooSlow:
            return await self._refuse(Rejection.TOO_SLOW, 0)
        except ClientDisconnect:
            # Whoever sent this is gone: nobody hears the answer, and nothing was kept.
            return Response(status_code=400)
        return await _take(body, request.headers.get(HEADER))

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
    return JSONResponse({"pong": receipt.pong} if receipt.pong else {})
