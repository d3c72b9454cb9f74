"""A receiver that checks the signature and stores nothing: `tests.benchmarks.receiver_bare:app`."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.addresses import WEBHOOK_PATH
from services.metriport.signature import HEADER, is_valid

_KEY = os.environ.get("METRIPORT_WEBHOOK_KEY", "")


async def _receive(request: Request) -> Response:
    if not is_valid(_KEY, await request.body(), request.headers.get(HEADER)):
        return JSONResponse({"error": "wrong signature"}, 401)
    return JSONResponse({})


async def _alive(_request: Request) -> Response:
    return JSONResponse({})


app = Starlette(routes=[Route(WEBHOOK_PATH, _receive, methods=["POST"]), Route("/readyz", _alive)])
