"""Which looks the access log holds already, so that a panel that redraws itself is one look."""

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from services.staff.permissions import Actor

ONE_LOOK = timedelta(minutes=15)
"""The same look of the same person within this time of its audit event is still that look."""

_MOST_KEYS = 5000


class NotedLooks:
    """Remembers, in this process only, when each look was noted; safe to use from many threads.

    What it has forgotten is noted once more, which costs a row and loses nothing.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted_at: OrderedDict[str, datetime] = OrderedDict()

    def is_noted(self, key: str, now: datetime) -> bool:
        """Whether the look was noted less than 15 minutes before `now`."""
        with self._lock:
            noted_at = self._noted_at.get(key)
        # A clock that was set back must not hide looks until it has caught up.
        return noted_at is not None and timedelta(0) <= now - noted_at < ONE_LOOK

    def remember(self, key: str, now: datetime) -> None:
        """Keep that the look was noted at `now`, and drop the oldest where there are too many."""
        with self._lock:
            self._noted_at[key] = now
            self._noted_at.move_to_end(key)
            if len(self._noted_at) > _MOST_KEYS:
                self._noted_at.popitem(last=False)


def filters_in_use(filters: object) -> dict[str, str]:
    """The fields of `filters` that filter, as words: for the access log and for exported files."""
    return {name: _in_words(value) for name, value in vars(filters).items() if value}


def _in_words(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def look_key(actor: Actor, action: str, event: dict[str, Any]) -> str:
    """What makes two looks the same: who looks, in which session, at what, with which filters."""
    who = [actor.id, actor.role, actor.session]
    return json.dumps([who, action, event], sort_keys=True, default=str)
