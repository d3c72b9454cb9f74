"""Reading what a stranger sends, within limits of size and time."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

BODY_SECONDS = 10.0
"""How long a whole body may take; upstream's come in one piece."""


class BodyTooLarge(Exception):
    """There is more of it than the address takes."""


class BodyTooSlow(Exception):
    """It did not end in time."""


async def read_body(request: Request, most: int, seconds: float = BODY_SECONDS) -> bytes:
    """The body, of at most `most` bytes, sent whole within `seconds`.

    Raises `BodyTooLarge` (before anything is read where the sender announces it), `BodyTooSlow`,
    or Starlette's `ClientDisconnect`.
    """
    # A server has refused a length that is no number.
    if int(request.headers.get("content-length", 0)) > most:
        raise BodyTooLarge
    body = bytearray()
    try:
        # One limit for all of it: a limit for each part would never stop a byte a second.
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                # A sender may announce less than it sends, or nothing.
                if len(body) > most:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


class RefusedUnread(JSONResponse):
    """An answer to a body that was not read to its end; the connection ends with it.

    The answer goes out at once. Then the rest is read and thrown away for at most `seconds`: a
    connection that is closed over unread bytes takes the answer with it.
    """

    def __init__(self, error: str, status: int, seconds: float = BODY_SECONDS) -> None:
        super().__init__({"error": error}, status, {"connection": "close"})
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then read on until the sender has ended."""

        async def held_open(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "more_body": True}
            await send(message)

        await super().__call__(scope, receive, held_open)
        await self._throw_away(receive)
        await send({"type": "http.response.body", "body": b""})

    async def _throw_away(self, receive: Receive) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive()).get("more_body"):
                    pass
        except TimeoutError:
            return
