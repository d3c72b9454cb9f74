"""A call of the API as its handler reads it, and the routes that lead to handlers."""

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
"""The prefix of every path but those of the settings."""

LARGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Call:
    """A request whose body has been read. Its methods raise `Refusal` (400) for wrong values."""

    request: Request
    raw: bytes

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A query parameter; an empty one counts as absent."""
        return self.request.query_params.get(name) or None

    def required(self, name: str) -> str:
        """A query parameter that is required."""
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
        """An optional query parameter of the form `YYYY-MM-DD`."""
        value = self.query(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise wrong(name, "must be a date, YYYY-MM-DD") from None

    def header(self, name: str) -> str | None:
        """A request header; an empty one counts as absent."""
        return self.request.headers.get(name) or None

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; empty if there is no body."""
        if not self.raw.strip():
            return {}
        try:
            body = json.loads(self.raw, parse_constant=_no_constant)
            # JSON can escape a lone surrogate, but no database or answer can hold it.
            json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise wrong("body", "is not JSON") from None
        if not isinstance(body, dict):
            raise wrong("body", "must be a JSON object")
        return body


Handler = Callable[[Call], Response]


def route(method: str, path: str, handler: Handler) -> Route:
    """A route whose handler runs in the thread pool, because SQLite and httpx block."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(handler, Call(request, await _body(request)))

    return Route(path, endpoint, methods=[method])


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        # Checked while reading: a sender may not say how much comes, or say too little.
        if len(body) > LARGEST_BODY:
            raise wrong("body", f"must not be larger than {LARGEST_BODY} bytes")
    return bytes(body)


def _no_constant(name: str) -> None:
    """Refuse `NaN` and `Infinity`, which Python reads but JSON does not have."""
    raise ValueError(f"{name} is not JSON")
