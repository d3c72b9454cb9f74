"""The public routes behind the gate, before a dashboard that takes every address."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from services.addresses import SANDBOX_PATH, WEBHOOK_PATH
from services.bootstrap import sandbox_app
from services.desk import desk
from services.edge import routes, sign_in, unknown_routes
from services.edge.gate import Dashboard, Gate
from services.edge.webhooks import WebhookRoute
from tests.serving import serve

SHELL = "the dashboard"


def own_host() -> dict[str, str]:
    """The host that a browser names at the running program's address, wherever it is served."""
    return {"host": urlsplit(desk().public_url).netloc}


def own_origin() -> dict[str, str]:
    """The origin that a browser names for what a page of the running program sends."""
    return {"origin": desk().public_url}


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def _shell(_request: Request) -> Response:
    return HTMLResponse(SHELL)


@contextmanager
def edge(first: tuple[BaseRoute, ...] = ()) -> Iterator[str]:
    """The base URL of everything that `app.py` composes, but for the real pages."""
    composed = [
        *first,
        *routes,
        *sign_in.routes,
        Mount(SANDBOX_PATH, sandbox_app),
        *unknown_routes,
        Route("/{path:path}", _shell, methods=list(METHODS)),
    ]
    with serve(Starlette(routes=composed, middleware=[Middleware(Gate, Dashboard())])) as base_url:
        yield base_url


@contextmanager
def impatient_edge(seconds: float) -> Iterator[str]:
    """The same with a webhook route that waits for a body no longer than `seconds`."""
    route = Route(WEBHOOK_PATH, WebhookRoute(seconds))
    with edge((route,)) as base_url:
        yield base_url
