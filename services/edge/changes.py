"""`POST /desk/changes`: whether what an open page shows has changed.

A POST, because what the page shows is named by an id of a person, and addresses end up in logs.
"""

from typing import Any

from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from services.desk import desk
from services.edge.bodies import BodyTooLarge, BodyTooSlow, RefusedUnread, read_body
from services.errors import AccessDeskError, NotPermitted
from services.lookup.changes import Subject
from services.staff.permissions import Actor

_LARGEST = 2000
"""Bytes of a question."""


class Question(BaseModel):
    """What a page shows, and the seal that it was given with that."""

    subject: Subject
    key: str = Field(default="", max_length=300)
    seal: str = Field(max_length=40)


async def answer(request: Request) -> Response:
    """The version now. 401 where the page was not drawn for who is signed in, 403 without leave."""
    try:
        who = await run_in_threadpool(desk().sessions.actor, request.cookies)
    except AccessDeskError:
        return _no_answer(503)
    if who is None:
        return _no_answer(401)
    try:
        question = Question.model_validate_json(await read_body(request, _LARGEST))
    except ValidationError:
        return _no_answer(400)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect):
        return RefusedUnread("not a question of an open page", 400, 0)
    if not desk().changes.is_sealed(question.seal, who, question.subject, question.key):
        # Somebody else has signed in since, in another tab of the same browser; or no page asks.
        return _no_answer(401)
    return await run_in_threadpool(_answer, who, question)


def _answer(who: Actor, question: Question) -> Response:
    try:
        version = desk().changes.version(who, question.subject, question.key)
    except NotPermitted:
        return _no_answer(403)
    except AccessDeskError:
        return _no_answer(503)
    return _json({"version": version}, 200)


def _no_answer(status: int) -> Response:
    return _json({}, status)


def _json(content: dict[str, Any], status: int) -> Response:
    return JSONResponse(content, status, {"cache-control": "no-store"})
