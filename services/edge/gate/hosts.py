"""Whether a request was sent to our public address: the `Host` header.

Any name may be made to lead to this machine, also by a site that wants to read our answers in
somebody's browser (DNS rebinding). A browser then names that site as the host.
"""

from html import escape
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp

from services.addresses import METRICS_PATH, SANDBOX_PATH, WEBHOOKS_PATH
from services.desk import desk
from services.edge.methods import wants_page
from services.edge.notices import notice
from services.edge.origins import DEFAULT_PORTS

_ANY_HOST = ("/healthz", "/readyz", METRICS_PATH)
_ANY_HOST_BELOW = (f"{WEBHOOKS_PATH}/", f"{SANDBOX_PATH}/")
"""Probes ask a machine by its own name; the others check a signature or a key of their own, and
monitoring without a token must name this machine."""

_LOOPBACK = ("127.0.0.1", "::1")


def refused_host(connection: HTTPConnection) -> ASGIApp | None:
    """The answer to a request for another host; None where the host is ours."""
    path = connection.scope["path"]
    if path in _ANY_HOST or path.startswith(_ANY_HOST_BELOW):
        return None
    public = desk().public_url
    asked, ours = _host(connection), _split(urlsplit(public).netloc, public)
    if asked == ours:
        return None
    if _is_same_machine(asked, ours) and _opens_page(connection):
        return RedirectResponse(public + _path_and_query(connection), 307)
    link = f'<a href="{escape(public)}/">{escape(public)}</a>'
    return notice(400, "Access Desk has another address", f"Open it at {link}.")


def _is_same_machine(asked: tuple[str, int] | None, ours: tuple[str, int] | None) -> bool:
    """Whether somebody has entered the number of this machine in place of its name."""
    if asked is None or ours is None:
        return False
    return asked[0] in _LOOPBACK and ours == ("localhost", asked[1])


def _opens_page(connection: HTTPConnection) -> bool:
    # A path without its slash would become a part of the host.
    is_address = connection.scope["path"].startswith("/")
    return is_address and connection.scope.get("method") == "GET" and wants_page(connection)


def _host(connection: HTTPConnection) -> tuple[str, int] | None:
    hosts = connection.headers.getlist("host")
    return _split(hosts[0], desk().public_url) if len(hosts) == 1 else None


def _split(host: str, public_url: str) -> tuple[str, int] | None:
    """Name and port of a host. Without a port it is that of the public address's scheme."""
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.netloc != host:
        return None
    return parts.hostname, port or DEFAULT_PORTS[urlsplit(public_url).scheme]


def _path_and_query(connection: HTTPConnection) -> str:
    path = quote(connection.scope["path"], safe="/!$&'()*+,;=:@-._~")
    query = connection.scope["query_string"].decode("latin-1")
    return path + (f"?{query}" if query else "")
