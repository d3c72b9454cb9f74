"""One server for all tests of the sandbox: the sandbox of the test, and a receiver of webhooks."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from services.metriport.signature import HEADER

SANDBOX = "/sandbox"
HOOK = "/hook"


@dataclass
class Delivery:
    """A webhook as it arrived."""

    raw: bytes
    signature: str

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)

    @property
    def type(self) -> str:
        return self.body["meta"]["type"]


@dataclass
class Receiver:
    """Takes webhooks; answers pings properly unless told otherwise."""

    status: int = 200
    pong: bool = True
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [delivery.type for delivery in self.deliveries]

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [delivery.body for delivery in self.deliveries if delivery.type == type_]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw, more = b"", True
        while more:
            message = await receive()
            raw, more = raw + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        delivery = Delivery(raw, headers[HEADER])
        self.deliveries.append(delivery)
        word = delivery.body.get("ping") if self.pong else "something else"
        answer = json.dumps({"pong": word} if delivery.type == "ping" else {}).encode()
        location = [(b"location", b"/elsewhere")] if self.status in (301, 307) else []
        start = {"type": "http.response.start", "status": self.status, "headers": location}
        await send(start)
        await send({"type": "http.response.body", "body": answer})


class Stage:
    """An ASGI app whose parts each test sets."""

    def __init__(self) -> None:
        self.base_url = ""
        self.parts: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        name = "/" + scope["path"].split("/")[1]
        await self.parts[name]({**scope, "root_path": name}, receive, send)
