"""Reading what a stranger sends, within limits of size and time."""

import asyncio

from starlette.requests import ClientDisconnect, Request
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
    announced = request.headers.get("content-length", 0)
    return await receive_body(request.receive, announced, most, seconds)


async def receive_body(
    receive: Receive, announced: str | bytes | int, most: int, seconds: float
) -> bytes:
    """The same of a request as the server hands it over, which announces so many bytes."""
    # A server has refused a length that is no number.
    if int(announced) > most:
        raise BodyTooLarge
    try:
        # One limit for all of it: a limit for each part would never stop a byte a second.
        async with asyncio.timeout(seconds):
            return await _receive_all(receive, most)
    except TimeoutError:
        raise BodyTooSlow from None


async def _receive_all(receive: Receive, most: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part, more = message.get("body", b""), message.get("more_body", False)
        parts.append(part)
        size += len(part)
        # A sender may announce less than it sends, or nothing.
        if size > most:
            raise BodyTooLarge
    return b"".join(parts)


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
