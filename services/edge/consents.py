"""`POST /consents`: the company's own app hands in what people have agreed to there."""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.addresses import CONSENTS_PATH
from services.desk import desk
from services.edge.bodies import (
    BODY_SECONDS,
    BodyTooLarge,
    BodyTooSlow,
    RefusedUnread,
    read_body,
)
from services.edge.methods import Methods, unknown_page
from services.errors import InvalidInput, LogRefused, LogUnavailable
from services.identity.consent.imports import Contradiction

MOST_BYTES = 1024 * 1024
"""Of one request's body."""

_ASKS_FOR_TOKEN = {"www-authenticate": "Bearer"}


async def take(request: Request) -> Response:
    """200 once everything is committed; nothing of a request is kept that is refused."""
    if not desk().consent_imports.is_open:
        return unknown_page(request)
    # Before anything is read for it, in memory alone: whoever guesses costs next to nothing.
    if not desk().consent_imports.is_sender(request.headers.get("authorization", "")):
        refusal = RefusedUnread("the token is missing or wrong", 401, 0)
        refusal.headers.update(_ASKS_FOR_TOKEN)
        return refusal
    try:
        body = await read_body(request, MOST_BYTES)
    except BodyTooLarge:
        return RefusedUnread(f"send at most {MOST_BYTES:,} bytes", 413, BODY_SECONDS)
    except BodyTooSlow:
        return RefusedUnread("the request did not end in time", 408, 0)
    except ClientDisconnect:
        # Whoever sent this is gone: nobody hears the answer, and nothing was kept.
        return Response(status_code=400)
    return await run_in_threadpool(_answer, body)


def _answer(body: bytes) -> Response:
    try:
        # Nested thousands deep, it is more than the parser's stack.
        content = json.loads(body)
    except (ValueError, RecursionError):
        return JSONResponse({"error": "the body is not JSON in UTF-8"}, 400)
    try:
        imported = desk().consent_imports.take(content)
    except InvalidInput as error:
        status = 409 if isinstance(error, Contradiction) else 422
        return JSONResponse({"error": str(error), "fields": error.fields}, status)
    except (LogUnavailable, LogRefused):
        return JSONResponse({"error": "not kept, send it again"}, 503)
    rows = [{"id": row.import_id, "outcome": row.outcome.value} for row in imported]
    return JSONResponse({"consents": rows})


routes = [Route(CONSENTS_PATH, Methods(post=take))]
