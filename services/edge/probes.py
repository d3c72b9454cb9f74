"""`GET /healthz` and `GET /readyz`."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.desk import desk
from services.errors import AccessDeskError


async def alive(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("alive\n")


async def ready(_request: Request) -> Response:
    """The log is migrated and takes writes, and there is room for them."""
    try:
        ready = await run_in_threadpool(desk().is_ready)
    except AccessDeskError:
        ready = False
    return PlainTextResponse("ready\n") if ready else PlainTextResponse("not ready\n", 503)
