"""`GET /metrics`: what monitoring reads, on this machine or with a token."""

import ipaddress
from hmac import compare_digest

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.addresses import METRICS_PATH
from services.desk import desk
from services.edge.methods import Methods, unknown_page
from services.errors import AccessDeskError
from services.operations.prometheus.exposition import CONTENT_TYPE

_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_PASSED_ON = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-forwarded-server",
)
"""What proxies add. A request that one passed on came from elsewhere, whoever connects here."""


async def answer(request: Request) -> Response:
    """The metrics; without a token on this machine only, where nobody else learns of them."""
    token = desk().metrics_token.get_secret_value()
    if token and not _carries(request, token):
        refused = {"www-authenticate": "Bearer"}
        return PlainTextResponse("the token is missing or wrong\n", 401, refused)
    if not token and not _is_on_this_machine(request):
        return unknown_page(request)
    try:
        text = await run_in_threadpool(desk().metrics.text)
    except AccessDeskError:
        return PlainTextResponse("the log does not answer\n", 503)
    return Response(text, media_type=CONTENT_TYPE, headers={"cache-control": "no-store"})


def _carries(request: Request, token: str) -> bool:
    """Whether the request has the token; it takes the same time for any other."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = compare_digest(token.encode(), given.strip().encode("utf-8", "replace"))
    return same and scheme.lower() == "bearer"


def _is_on_this_machine(request: Request) -> bool:
    """Whether a program of this machine asks, and not a proxy on it in the name of others.

    The server may know the address from a proxy's header already. Then the header is there still,
    and the request is refused for it. The host must be this machine's own too: a proxy passes on
    the name that was asked for, and a page that makes its own name lead here has that name.
    """
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    hosts = request.headers.getlist("host")
    name = hosts[0].rpartition(":")[0] or hosts[0] if len(hosts) == 1 else ""
    # The brackets of an address without a port are cut with its last group.
    if hosts == ["[::1]"]:
        name = "[::1]"
    return name.lower() in _HOSTS and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # A socket for both families shows an IPv4 address in the form of the other.
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


routes = [Route(METRICS_PATH, Methods(get=answer))]
