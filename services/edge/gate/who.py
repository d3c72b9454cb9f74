"""Who sends a request, read without holding up every other one."""

from anyio import CapacityLimiter, to_thread
from starlette.requests import HTTPConnection

from services.desk import desk
from services.staff.permissions import Actor

_LOOKUPS = CapacityLimiter(4)
"""Threads of their own: whoever sends forged cookies must not use up those that keep webhooks."""


async def who_is(connection: HTTPConnection) -> Actor | None:
    """Who is signed in by the cookies of a request, None for nobody; raises `LogUnavailable`."""
    find = desk().sessions.actor
    return await to_thread.run_sync(find, connection.cookies, limiter=_LOOKUPS)


async def ended_among(session_ids: set[str]) -> set[str]:
    """Which of these staff sessions are over; raises `LogUnavailable`."""
    return await to_thread.run_sync(desk().sessions.ended_among, session_ids, limiter=_LOOKUPS)
