"""Group commit: what arrives while a transaction is being committed goes into the next one."""

import asyncio
import math
import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Condition, Thread
from typing import Generic, TypeVar

from services.errors import LogUnavailable

Item = TypeVar("Item")

MOST_IN_GROUP = 200
"""A transaction of more would keep other writers waiting."""

MOST_WAITING = 2000
MOST_BYTES_WAITING = 64 * 1024 * 1024
"""What waits is held in memory; beyond either of the two a sender is told to come again."""

_QUIET_SECONDS = 0.02


@dataclass(frozen=True)
class _Waiting(Generic[Item]):
    """An item, its size in bytes, and where its sender waits for the answer."""

    item: Item
    size: int
    loop: AbstractEventLoop
    answer: "Future[None]"


class GroupWriter(Generic[Item]):
    """One thread that writes all that waits, again and again, and tells each sender afterwards.

    `write` answers for each item why it was not kept, or None. The thread begins with the first
    item, and ends with the program.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Exception | None]]) -> None:
        self._write = write
        # Guards everything below.
        self._changed = Condition()
        self._waiting: deque[_Waiting[Item]] = deque()
        self._bytes = 0
        self._arrived_at = -math.inf
        self._thread: Thread | None = None
        self._stopped = False

    @property
    def waiting(self) -> int:
        """How many items wait for their turn; those that are being written do not."""
        return len(self._waiting)

    async def keep(self, item: Item, size: int) -> None:
        """Return once the item is committed.

        Raises what `write` said of it, or `LogUnavailable` where too much waits already.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(item, size, loop, loop.create_future())
        self._line_up(waiting)
        await waiting.answer

    def wait_until_quiet(self, most: timedelta) -> None:
        """Return once nothing has arrived for a little while, after `most` in any case."""
        end = time.monotonic() + most.total_seconds()
        while (now := time.monotonic()) < end and now - self._arrived_at < _QUIET_SECONDS:
            time.sleep(_QUIET_SECONDS / 2)

    def stop(self) -> None:
        """Write what waits, and take nothing more; waits for that for at most ten seconds."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    def _line_up(self, waiting: _Waiting[Item]) -> None:
        with self._changed:
            if self._stopped:
                raise LogUnavailable("The program is stopping.")
            # A large one is taken where nothing else waits.
            is_full = self._bytes and self._bytes + waiting.size > MOST_BYTES_WAITING
            if is_full or len(self._waiting) >= MOST_WAITING:
                raise LogUnavailable("More arrives than the log can take.")
            self._arrived_at = time.monotonic()
            self._waiting.append(waiting)
            self._bytes += waiting.size
            self._changed.notify()
            if self._thread is None:
                self._thread = Thread(target=self._run, name="webhook writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while group := self._take_group():
            try:
                outcomes = self._write([waiting.item for waiting in group])
            except Exception as error:
                # Whatever it is, the thread must not end: everybody would wait for ever.
                outcomes = [error] * len(group)
            _tell(group, outcomes)

    def _take_group(self) -> list[_Waiting[Item]]:
        """What waits, oldest first; nothing once the program stops and all is written."""
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            number = min(len(self._waiting), MOST_IN_GROUP)
            group = [self._waiting.popleft() for _ in range(number)]
            self._bytes -= sum(waiting.size for waiting in group)
            return group


def _tell(group: list[_Waiting[Item]], outcomes: Sequence[Exception | None]) -> None:
    """Wake the senders, all of one event loop at once: each call from a thread costs a wake-up."""
    by_loop: dict[AbstractEventLoop, list[tuple[Future[None], Exception | None]]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.answer, outcome))
    for loop, answers in by_loop.items():
        # A loop that was closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, answers)


def _settle(answers: list[tuple["Future[None]", Exception | None]]) -> None:
    for answer, outcome in answers:
        if answer.done():
            # Its sender was given up.
            continue
        if outcome is None:
            answer.set_result(None)
        else:
            answer.set_exception(outcome)
