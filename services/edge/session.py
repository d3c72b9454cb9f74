"""`POST /desk/session`: how long the sign-in of an open page lasts, and that its viewer is active.

Open pages ask every few seconds. To ask is no activity: only what a person did renews a session.
"""

from typing import Any

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from services.desk import desk
from services.edge.bodies import BodyTooLarge, BodyTooSlow, RefusedUnread, read_body
from services.edge.lookups import look_up
from services.edge.origins import is_ours
from services.edge.staff_cookie import token_of
from services.errors import LogUnavailable
from services.staff.sign_in.sessions import actor_of

_LARGEST = 1000
"""Bytes of a question."""

_SOMEBODY_ELSE = "somebody_else"
"""Another person, or another role, has signed in at the same browser since the page was drawn."""


class Question(BaseModel):
    """For whom a page was drawn (`Actor.tag`), in which session, and whether they are active."""

    tag: str = Field(max_length=40)
    session: str = Field(default="", max_length=40)
    active: bool = False


async def answer(request: Request) -> Response:
    """The seconds left: `idle` without doing anything, `altogether` whatever is done.

    `renewed` says that the same person has signed in anew, so that the page, of the session before,
    must be loaded anew. 401 with `why` where the page's viewer is not signed in any more.
    """
    if not is_ours(request):
        return _json({}, 403)
    try:
        question = Question.model_validate_json(await read_body(request, _LARGEST))
    except ValidationError:
        return _json({}, 400)
    except (BodyTooLarge, BodyTooSlow, ClientDisconnect):
        return RefusedUnread("not a question of an open page", 400, 0)
    try:
        return await look_up(_answer, token_of(request), question)
    except LogUnavailable:
        return _json({}, 503)


def _answer(token: str, question: Question) -> Response:
    sessions = desk().sessions
    row = sessions.find(token)
    who = actor_of(row) if row else None
    if row is None or who is None:
        return _json({"why": sessions.ending(token)}, 401)
    if question.tag != who.tag:
        return _json({"why": _SOMEBODY_ELSE}, 401)
    renewed = question.session != who.session
    if question.active and not renewed:
        desk().sign_ins.touch(token)
        row = sessions.find(token) or row
    left = sessions.left(row)
    seconds = {"idle": left.idle.total_seconds(), "altogether": left.altogether.total_seconds()}
    return _json(seconds | {"renewed": renewed}, 200)


def _json(content: dict[str, Any], status: int) -> Response:
    return JSONResponse(content, status, {"cache-control": "no-store"})
