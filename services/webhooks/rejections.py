"""Webhook requests that were refused: one row for each reason and minute, and a count."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from sqlmodel import Session, col, update

from services.clock import Clock
from services.errors import LogUnavailable
from services.ids import new_id
from services.store import Store
from services.store.tables import WebhookEvent
from services.webhooks.filters import REJECTED

_COUNTED_FOR = timedelta(minutes=1)
_MOST_WAITING = 100
"""Counts kept in memory while the log does not answer; beyond this the oldest are dropped."""


class Rejection(StrEnum):
    """Why a request was refused; the value stands in the row's `error`."""

    UNSIGNED = "no signature"
    BAD_SIGNATURE = "wrong signature"
    TOO_LARGE = "over 5 MiB"
    TOO_SLOW = "not whole in time"
    NOT_JSON = "not JSON"


# Compared by identity: two counts of one kind may look the same.
@dataclass(eq=False)
class Count:
    """Refused requests of one kind within a minute; the log has counted `written` of them."""

    why: Rejection
    signature_status: str
    body_hash: str | None
    row_id: str
    began: datetime
    last: datetime
    number: int = 1
    written: int = 0


class Rejections:
    """Writes the rejected rows of `webhook_event`.

    The route is public, so anybody can send requests that are refused, as fast as the network
    allows. The first request of a kind becomes a row at once, and those of the following minute are
    counted in memory: `write_counts` puts their number into the row's `deliveries` and the time of
    the last one into `received_at`. So a flood costs two write transactions a minute and kind, and
    one row a minute, which leaves other rejections visible.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # `_lock` guards the two collections and is never held during a write to the log.
        self._lock = Lock()
        self._writing = Lock()
        self._counting: dict[tuple[Rejection, str], Count] = {}
        self._waiting: deque[Count] = deque(maxlen=_MOST_WAITING)

    def note(self, why: Rejection, signature_status: str, body_hash: str | None) -> None:
        """Count one refused request, and write the first of its kind.

        Raises nothing for a log that does not answer: the sender is refused all the same, and the
        count is written later. `body_hash` is kept of the first request in a minute only.
        """
        if first := self.count(why, signature_status, body_hash):
            self.write_first(first)

    def count(self, why: Rejection, signature_status: str, body_hash: str | None) -> Count | None:
        """Count one refused request in memory; answers the first of its kind in a minute.

        That one is for `write_first`. Waits for nothing, so that a flood holds nobody up.
        """
        now = self._clock()
        kind = (why, signature_status)
        with self._lock:
            self._set_aside(now)
            if count := self._counting.get(kind):
                count.number += 1
                count.last = now
                return None
            first = Count(why, signature_status, body_hash, new_id(now), now, now)
            self._counting[kind] = first
        return first

    def write_first(self, first: Count) -> None:
        """Write the row of what `count` answered, if the log answers; else it is written later."""
        # A row that cannot be written now is written with its count by `write_counts`.
        with suppress(LogUnavailable):
            self._write(first)

    def write_counts(self, at_end: bool = False) -> int:
        """Write the counts of every minute that is over; with `at_end` also those of this minute.

        Answers how many were written. Raises `LogUnavailable`; what was not written is tried again
        at the next call.
        """
        with self._lock:
            self._set_aside(self._clock(), everything=at_end)
            waiting = list(self._waiting)
        for count in waiting:
            self._write(count)
            with self._lock:
                # A full queue may have dropped it during the write.
                if count in self._waiting:
                    self._waiting.remove(count)
        return len(waiting)

    def _set_aside(self, now: datetime, everything: bool = False) -> None:
        for kind, count in list(self._counting.items()):
            if everything or now - count.began >= _COUNTED_FOR:
                del self._counting[kind]
                if count.number > count.written:
                    self._waiting.append(count)

    def _write(self, count: Count) -> None:
        # One write at a time: while the first row is being inserted, `write_counts` would insert it
        # a second time, because `written` is still 0.
        with self._writing:
            number = count.number
            with self._store.write() as session:
                if count.written:
                    _raise_count(session, count, number)
                else:
                    session.add(_make_row(count, number))
            count.written = number


def _make_row(count: Count, number: int) -> WebhookEvent:
    return WebhookEvent(
        id=count.row_id,
        received_at=count.last,
        signature_status=count.signature_status,
        body_hash=count.body_hash,
        status=REJECTED,
        error=count.why.value,
        deliveries=number,
    )


def _raise_count(session: Session, count: Count, number: int) -> None:
    of_row = update(WebhookEvent).where(col(WebhookEvent.id) == count.row_id)
    session.exec(of_row.values(deliveries=number, received_at=count.last))
