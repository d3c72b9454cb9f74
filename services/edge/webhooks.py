"""`POST /webhooks/metriport`: verify, keep, answer; interpretation comes after."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.bootstrap import desk
from services.errors import LogUnavailable
from services.metriport.signature import HEADER
from services.webhooks.receiver import MAX_BODY, Receipt
from services.webhooks.rejections import Rejection

_STATUS = {
    Rejection.UNSIGNED: 401,
    Rejection.BAD_SIGNATURE: 401,
    Rejection.TOO_LARGE: 413,
    Rejection.NOT_JSON: 400,
}


async def receive(request: Request) -> Response:
    """200 once the message is committed, with the pong for a ping; 503 where it was not kept."""
    body = await _body(request)
    try:
        receipt = await run_in_threadpool(_kept, body, request.headers.get(HEADER))
    except LogUnavailable:
        return JSONResponse({"error": "not kept, deliver again"}, status_code=503)
    if receipt.rejection:
        return JSONResponse({"error": receipt.rejection.value}, _STATUS[receipt.rejection])
    desk().interpreter.nudge()
    return JSONResponse({"pong": receipt.pong} if receipt.pong else {})


def _kept(body: bytes | None, signature: str | None) -> Receipt:
    inbox = desk().webhooks
    if body is None:
        return inbox.reject(Rejection.TOO_LARGE, None)
    return inbox.receive(body, signature)


async def _body(request: Request) -> bytes | None:
    """The raw bytes; None as soon as they are too many, whatever the length header claims."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
