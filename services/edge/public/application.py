"""An ASGI application with the public routes only: `uvicorn services.edge:app`."""

import gc
from asyncio import to_thread
from collections.abc import Sequence
from contextlib import ExitStack

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from services.addresses import WEBHOOK_PATH
from services.bootstrap.public import build_public
from services.desk import running
from services.edge.access_log import hide_secrets
from services.edge.gate.headers import NOTHING, with_headers, with_headers_for_strangers
from services.edge.gate.hosts import refused_host
from services.edge.methods import wants_page
from services.edge.notices import notice
from services.errors import AccessDeskError
from services.settings import load_settings


class PublicApplication:
    """Answers at `routes`, and with 404 everywhere else; nobody can sign in here.

    `receive_webhooks` answers upstream, before anything else is asked of a request.

    To make one starts nothing. The settings are read and the log is opened when the server begins
    the application's lifespan, which every server must do.
    """

    def __init__(self, routes: Sequence[BaseRoute], receive_webhooks: ASGIApp) -> None:
        self._receive_webhooks = receive_webhooks
        self._router = Router(routes, redirect_slashes=False, default=_answer_unknown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, refuse a websocket, or begin and end."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http" and scope["path"] == WEBHOOK_PATH:
            await self._receive_webhooks(scope, receive, with_headers_for_strangers(send))
        elif scope["type"] == "http":
            answer = refused_host(HTTPConnection(scope)) or self._router
            await answer(scope, receive, with_headers(send, NOTHING))
        else:
            # Before it is accepted, which makes the server answer with 403.
            await send({"type": "websocket.close", "code": 1008})


async def _live(receive: Receive, send: Send) -> None:
    """Run the services from the server's start to its end; a start that fails says why."""
    await receive()
    with ExitStack() as services:
        try:
            await to_thread(_begin, services)
        except AccessDeskError as error:
            # Told to the server and not raised: it would print a traceback.
            why = f"Access Desk cannot start. {error}"
            await send({"type": "lifespan.startup.failed", "message": why})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await to_thread(services.close)
    await send({"type": "lifespan.shutdown.complete"})


def _begin(services: ExitStack) -> None:
    hide_secrets()
    services.enter_context(running(build_public(load_settings())))
    # What was loaded at the start stays: to look through it again would hold up senders.
    gc.collect()
    gc.freeze()


async def _answer_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await _unknown(HTTPConnection(scope))(scope, receive, send)


def _unknown(connection: HTTPConnection) -> Response:
    if wants_page(connection):
        text = "It may have been copied incompletely. Nothing was changed."
        return notice(404, "There is no page at this address", text)
    return PlainTextResponse("no such address\n", 404)
