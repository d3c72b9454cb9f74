"""How the random sample of a week is drawn, so that anybody can repeat it. Pure.

`docs/compliance.md` has the same as a program of its own.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

WEEK = timedelta(days=7)
_ALL = 2**256


@dataclass(frozen=True)
class Week:
    """An ISO week in UTC: from Monday, 00:00, to the next."""

    start: datetime

    @property
    def end(self) -> datetime:
        """Its first moment that is no more in it."""
        return self.start + WEEK

    @property
    def name(self) -> str:
        """Its ISO name, as in 2026-W47."""
        year, number, _ = self.start.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def next(self) -> "Week":
        """The week after it."""
        return Week(self.end)


def week_of(at: datetime) -> Week:
    """The week in which `at` (aware) lies."""
    day = at.astimezone(UTC).date()
    monday = day - timedelta(days=day.weekday())
    return Week(datetime.combine(monday, time(), UTC))


def is_drawn(seed: str, query_id: str, rate: float) -> bool:
    """Whether the query is in the sample: each is by itself, with the probability `rate`."""
    digest = hashlib.sha256((seed + query_id).encode("ascii")).digest()
    return int.from_bytes(digest, "big") < rate * _ALL


def draw(seed: str, query_ids: Iterable[str], rate: float) -> list[str]:
    """The queries of the sample, in the order in which they were given."""
    return [query_id for query_id in query_ids if is_drawn(seed, query_id, rate)]
