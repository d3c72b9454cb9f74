"""Who sends a request, read without holding up every other one."""

from contextlib import suppress

from starlette.requests import HTTPConnection

from services.desk import desk
from services.edge.lookups import look_up
from services.edge.staff_cookie import token_of
from services.errors import AccessDeskError
from services.staff.permissions import Actor


async def who_is(connection: HTTPConnection) -> Actor | None:
    """Who is signed in by the cookies of a request, None for nobody; raises `LogUnavailable`."""
    return await look_up(desk().sessions.actor, connection.cookies)


async def ended_among(session_ids: set[str]) -> set[str]:
    """Which of these staff sessions are over; raises `LogUnavailable`."""
    return await look_up(desk().sessions.ended_among, session_ids)


async def note_after_end(session_id: str) -> None:
    """Note that something was tried in a staff session that is over, if it is one."""
    # Refused in any case; without the log there is no place to say so.
    with suppress(AccessDeskError):
        await look_up(desk().audit.note_after_end, session_id)


async def note_file_after_end(connection: HTTPConnection) -> None:
    """Note that a file was asked for with the cookie of a session that is over, if it is one."""
    with suppress(AccessDeskError):
        token = token_of(connection)
        # One in which no role was chosen yet is not over.
        if await look_up(desk().sessions.ending, token):
            session_id = await look_up(desk().sessions.id_of, token)
            await look_up(desk().audit.note_after_end, session_id)
