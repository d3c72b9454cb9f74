"""One call of the API as its handler sees it, and how a handler becomes a route."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.sandbox.answers import wrong

API = "/medical/v1"
"""The prefix of everything but the settings."""

LARGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Call:
    """A request whose body has arrived."""

    request: Request
    raw: bytes

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A query parameter; an empty one counts as absent."""
        return self.request.query_params.get(name) or None

    def required(self, name: str) -> str:
        """A query parameter that must be there."""
        value = self.query(name)
        if value is None:
            raise wrong(name, "is required")
        return value

    def flag(self, name: str) -> bool:
        """A query parameter that must be `true` or `false`."""
        value = self.required(name)
        if value not in ("true", "false"):
            raise wrong(name, "must be true or false")
        return value == "true"

    def day(self, name: str) -> date | None:
        """A query parameter of the form `YYYY-MM-DD`."""
        value = self.query(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise wrong(name, "must be a date, YYYY-MM-DD") from None

    def header(self, name: str) -> str | None:
        """A request header; an empty one counts as absent."""
        return self.request.headers.get(name) or None

    def body(self) -> dict[str, Any]:
        """The JSON object sent; empty where nothing was sent."""
        if not self.raw.strip():
            return {}
        try:
            body = json.loads(self.raw, parse_constant=_no_constant)
            # Lone surrogates are valid in JSON's escapes but can be neither kept nor sent.
            json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise wrong("body", "is not JSON") from None
        if not isinstance(body, dict):
            raise wrong("body", "must be a JSON object")
        return body


Handler = Callable[[Call], Response]


def route(method: str, path: str, handler: Handler) -> Route:
    """A route whose handler runs on the thread pool, because SQLite and httpx block."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, Call(request, await _body(request)))

    return Route(path, endpoint, methods=[method])


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise wrong("body", f"must not be larger than {LARGEST_BODY} bytes")
    return bytes(body)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
