"""The guard of the websocket, over which Streamlit draws its pages.

Without it anybody could open one: Streamlit takes every `Origin` that it does not know for a reason
to ask an outside service for its own address, and holds messages of any size in memory.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyio import CancelScope, move_on_after, sleep_forever
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.edge.gate.hosts import refused_host
from services.edge.gate.who import ended_among, note_after_end, who_is
from services.edge.origins import is_ours
from services.errors import AccessDeskError
from services.staff.permissions import Actor

PATH = "/_stcore/stream"

SESSION_HEADER = "x-access-desk-session"
"""Tells Streamlit whose page it is (`server.trustedUserHeaders`). A page that lost its connection
comes back to what it had only in the same staff session: Streamlit compares what this says."""

MOST_SOCKETS = 20
"""Of one staff session: each page that is open has one."""

LARGEST_MESSAGE = 2_000_000
"""Bytes. The largest that a page sends is a pasted list: of ids 370,000 bytes, of 500,000
characters from anywhere in the world 1.5 million."""

ENDED, TOO_LARGE, NOT_BINARY = 4401, 1009, 1003
"""Why a socket is closed: its session is over (a code of our own, after HTTP's 401), or a message
is too large or no message of Streamlit's (RFC 6455)."""

_CLOSING_SECONDS = 2.0
"""How long the program waits for a browser that does not read the end of its socket."""

_OWN_END = b"signed_out"
"""Part of the message that a page sends by itself once it has seen the end; it is not noted."""

_log = logging.getLogger("access_desk")


@dataclass(eq=False)
class _Socket:
    """An open websocket; setting `code` and cancelling its `scope` ends it."""

    session_id: str
    scope: CancelScope = field(default_factory=CancelScope)
    code: int = 0

    def end(self, code: int) -> None:
        self.code = self.code or code
        self.scope.cancel()


class Sockets:
    """ASGI middleware for websockets: passes those of a live session that our own pages open.

    Every `watched_every` seconds one query for all sessions with open sockets finds those that are
    over; their sockets are closed. A message is passed on only if its session lasted at most
    `trusted_for` seconds before.
    """

    def __init__(
        self, app: ASGIApp, *, watched_every: float = 5.0, trusted_for: float = 2.0
    ) -> None:
        self._app = app
        self._watched_every = watched_every
        self._trusted_for = trusted_for
        self._open: dict[str, set[_Socket]] = {}
        self._lasted_at: dict[str, float] = {}
        self._watcher: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass or refuse."""
        who = await _find_opener(HTTPConnection(scope))
        if who is None or self.is_full(who):
            # Before it is accepted, which makes the server answer with 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._carry(who.session, scope, receive, send)

    def is_full(self, who: Actor) -> bool:
        """Whether the staff session has as many pages open as it may have.

        One more is refused. To close the oldest instead would start a circle: its page would open
        it again, which closes the next.
        """
        return len(self._open.get(who.session, ())) >= MOST_SOCKETS

    async def _carry(self, session_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        socket = _Socket(session_id)
        with self._registered(socket):
            with socket.scope:
                guarded = self._guarded(socket, receive)
                await self._app(_signed(scope, session_id), guarded, send)
            if socket.code:
                with move_on_after(_CLOSING_SECONDS):
                    await send({"type": "websocket.close", "code": socket.code})

    @contextmanager
    def _registered(self, socket: _Socket) -> Iterator[None]:
        self._open.setdefault(socket.session_id, set()).add(socket)
        self._lasted_at[socket.session_id] = time.monotonic()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._open[socket.session_id].discard(socket)
            if not self._open[socket.session_id]:
                del self._open[socket.session_id], self._lasted_at[socket.session_id]

    def _guarded(self, socket: _Socket, receive: Receive) -> Receive:
        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                if code := _fault(message):
                    socket.end(code)
                else:
                    await self._end_if_over(socket.session_id, message)
                if socket.code:
                    # The end of the socket reaches its task here.
                    await sleep_forever()
            return message

        return receiving

    async def _end_if_over(self, session_id: str, message: Message) -> None:
        asked_at = time.monotonic()
        if asked_at - self._lasted_at[session_id] < self._trusted_for:
            return
        try:
            over = await ended_among({session_id})
        except AccessDeskError:
            # Nothing can be done or read without the log, and the page says so.
            return
        if over:
            if _OWN_END not in (message.get("bytes") or b""):
                await note_after_end(session_id)
            self._end(session_id)
        else:
            self._lasted_at[session_id] = asked_at

    async def _watch(self) -> None:
        while self._open:
            await asyncio.sleep(self._watched_every)
            try:
                for session_id in await ended_among(set(self._open)):
                    self._end(session_id)
            except AccessDeskError:
                # Tried again; meanwhile services refuse whatever a page asks for.
                _log.warning("the log does not say which staff sessions are over")

    def _end(self, session_id: str) -> None:
        for socket in list(self._open.get(session_id, ())):
            socket.end(ENDED)


async def _find_opener(connection: HTTPConnection) -> Actor | None:
    """Who opens a socket from a page of ours.

    What a stranger sends is refused before anything is read from the log.
    """
    if connection.scope["path"] != PATH or not connection.cookies or not is_ours(connection):
        return None
    if refused_host(connection):
        return None
    try:
        return await who_is(connection)
    except AccessDeskError:
        return None


def _signed(scope: Scope, session_id: str) -> Scope:
    """The scope with the session's id in the header, whatever the browser sent there."""
    name = SESSION_HEADER.encode()
    headers = [header for header in scope["headers"] if header[0].lower() != name]
    return {**scope, "headers": [*headers, (name, session_id.encode())]}


def _fault(message: Message) -> int:
    """The code with which a message has its socket closed; 0 for a message that is in order."""
    content = message.get("bytes")
    if content is None:
        return NOT_BINARY
    return TOO_LARGE if len(content) > LARGEST_MESSAGE else 0
