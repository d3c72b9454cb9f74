"""Questions to the log that anybody may cause, in threads of their own."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

_LIMIT = CapacityLimiter(4)
"""Whoever sends forged cookies must not use up the threads that keep webhooks."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


async def look_up(
    ask: Callable[_Given, _Answer], *given: _Given.args, **more: _Given.kwargs
) -> _Answer:
    """What `ask` answers, without holding up the event loop; raises what it raises."""
    return await to_thread.run_sync(lambda: ask(*given, **more), limiter=_LIMIT)
