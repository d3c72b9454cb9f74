"""Whether a request was sent by a page of this program: the `Origin` header."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import Scope

from services.desk import desk

DEFAULT_PORTS = {"http": 80, "https": 443}
"""The port of an address that names none, by its scheme (RFC 9110)."""


def is_ours(request: HTTPConnection | Scope) -> bool:
    """Whether the browser says that a page of our public address sent this request.

    Scheme, host and port must be those of `PUBLIC_URL`: another port of the same machine is another
    program. Browsers send `Origin` with every websocket and with everything that is no GET, so a
    request without it, or with `null`, is not ours.
    """
    connection = request if isinstance(request, HTTPConnection) else HTTPConnection(request)
    origins = connection.headers.getlist("origin")
    return len(origins) == 1 and _origin(origins[0]) == _origin(desk().public_url)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an origin; None for what is none, as `null` is (RFC 6454)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or url.lower() != f"{parts.scheme}://{parts.netloc.lower()}":
        return None
    if parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS.get(parts.scheme)
