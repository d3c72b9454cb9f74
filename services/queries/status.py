"""A network query's status from the statuses of its sources. Pure functions over plain values.

A query goes submitting → processing → completed | partial | failed, or submitting → rejected, or
submitting → unconfirmed → processing… | not_started. A status of upstream that is unknown here is
kept as it came.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

SUBMITTING = "submitting"
PROCESSING = "processing"
COMPLETED = "completed"
PARTIAL = "partial"
FAILED = "failed"
REJECTED = "rejected"
UNCONFIRMED = "unconfirmed"
NOT_STARTED = "not_started"

STATUSES = (
    SUBMITTING,
    PROCESSING,
    COMPLETED,
    PARTIAL,
    FAILED,
    REJECTED,
    UNCONFIRMED,
    NOT_STARTED,
)
FINISHED = frozenset({COMPLETED, PARTIAL, FAILED})
"""Upstream ran the query to its end."""

ENDED = FINISHED | {REJECTED, NOT_STARTED}
"""Nothing more is expected."""

SOURCE_FINAL = frozenset({COMPLETED, FAILED})
"""An attempt of a source that ended; its status never changes again."""

_SAME_WORD = {"in-progress": PROCESSING}
"""Some of upstream's documentation says `in-progress` where the API says `processing`."""

UNCONFIRMED_FOR = timedelta(hours=24)
"""How long a start without an answer stays unconfirmed; a webhook may settle it before."""

_FIRST_CHECK = timedelta(seconds=5)
_SLOWEST_CHECK = timedelta(minutes=15)


def upstream_word(status: str) -> str:
    """A status of upstream, with `in-progress` as `processing`."""
    return _SAME_WORD.get(status, status)


def derived(latest_attempts: Iterable[str]) -> str:
    """A query's status from the statuses of its sources' latest attempts.

    Sources that were not started count only if no other source is there: then the query failed.
    """
    statuses = set(latest_attempts)
    ran = statuses - {NOT_STARTED}
    if not ran:
        # Without any source, nothing is known yet.
        return FAILED if statuses else PROCESSING
    if not ran <= SOURCE_FINAL:
        return PROCESSING
    return PARTIAL if len(ran) > 1 else ran.pop()


def settled(upstream: str | None, from_sources: str) -> str:
    """A query's status from upstream's newest status of it, if any, and from its sources.

    Upstream's status counts if it is an end: upstream alone knows all providers, so `partial` may
    stand above sources that all completed. `processing` does not undo that all sources ended: that
    answer may be older than the webhooks, and upstream also gives it for a query of which no source
    was started. A status that is unknown here does not say whether the query ended, so it counts
    only until the sources have ended.
    """
    if upstream is None:
        return from_sources
    status = upstream_word(upstream)
    if status in FINISHED:
        return status
    return from_sources if from_sources in FINISHED else status


def next_check(now: datetime, checks: int) -> datetime:
    """When to ask upstream again: after 5 s, then twice as long each time, at most 15 min."""
    # Bounded: 2**12 is far beyond the slowest check, and a timedelta overflows further on.
    factor: int = 1 << min(checks, 12)
    return now + min(_FIRST_CHECK * factor, _SLOWEST_CHECK)
