"""The middleware before the API: checks the key, adds request ids, applies switched-on faults."""

import asyncio
import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.clock import Clock
from services.ids import new_id
from services.sandbox.answers import envelope
from services.sandbox.conditions import CALL_FAULTS, Conditions, Fault, Seen

KEY_HEADER = "x-api-key"
REQUEST_ID_HEADER = "x-metriport-request-id"

CONTROL = "/_control"
# URLs under these paths carry their own secret, so no key is needed.
_OPEN = ("/files/", "/hosted/")


class Gateway:
    """The ASGI middleware around the whole sandbox."""

    def __init__(self, app: ASGIApp, api_key: str, conditions: Conditions, clock: Clock) -> None:
        self._app = app
        self._api_key = api_key.encode()
        self._conditions = conditions
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, refuse it for its key, or answer it with a fault."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(_OPEN):
            await self._app(scope, receive, send)
        elif not self._has_key(scope):
            # As documented: the gateway before the API refuses a key without the API's envelope.
            await JSONResponse({"message": "Forbidden"}, 403)(scope, receive, send)
        elif path == CONTROL or path.startswith(f"{CONTROL}/"):
            await self._app(scope, receive, send)
        else:
            await self._serve(path, scope, receive, send)

    def _has_key(self, scope: Scope) -> bool:
        # Compared in constant time, as bytes: `compare_digest` takes no other text than ASCII.
        given = Headers(scope=scope).get(KEY_HEADER, "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._api_key)

    async def _serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(send, new_id(self._clock()))
        fault = self._conditions.take(*CALL_FAULTS, path=path)
        try:
            await self._answer(fault, exchange, scope, receive)
        finally:
            self._conditions.remember(Seen(scope["method"], path, exchange.status))

    async def _answer(
        self, fault: Fault | None, exchange: "_Exchange", scope: Scope, receive: Receive
    ) -> None:
        app = self._app
        if fault is None:
            return await app(scope, receive, exchange.send)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await app(scope, receive, exchange.send)
        if fault.kind == "half_body":
            return await app(scope, receive, exchange.send_half)
        if fault.kind == "drop_answer":
            # The call is carried out, but the caller never hears of it.
            await app(scope, receive, exchange.send_nothing)
            return await exchange.drop()
        await _instead(fault)(scope, receive, exchange.send)


class _Exchange:
    """Sends one answer with its request id, and keeps its status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        """Send a part of the answer as it is."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID_HEADER] = self._request_id
        await self._send(message)

    async def send_half(self, message: Message) -> None:
        """Send the first half of the body only; the server then closes the connection."""
        body = message.get("body", b"")
        if message["type"] == "http.response.body":
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await self.send(message)

    async def send_nothing(self, message: Message) -> None:
        """Keep the status and send nothing."""
        if message["type"] == "http.response.start":
            self.status = message["status"]

    async def drop(self) -> None:
        """Make the server close the connection without an answer."""
        # ASGI has no message for that. But an answer that ends after an interim status (1xx) is
        # incomplete, and a server closes the connection of an incomplete answer.
        await self._send({"type": "http.response.start", "status": 102, "headers": []})


def _instead(fault: Fault) -> Response:
    """The answer that a fault gives in place of the API's."""
    if fault.kind == "refuse_key":
        return JSONResponse({"message": "Forbidden"}, 403)
    if fault.kind == "html":
        page = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
        return HTMLResponse(page, fault.status)
    return envelope(fault.status, "A fault of the sandbox is switched on")
