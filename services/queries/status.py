"""What the facts about a network query's sources add up to. Pure functions over plain values.

A query goes submitting → processing → completed | partial | failed, or submitting → rejected, or
submitting → unconfirmed → processing… | not_started. Words of upstream that are not known here
are kept as they came.
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
"""Upstream ran it to its end."""

ENDED = FINISHED | {REJECTED, NOT_STARTED}
"""Nothing more is expected."""

SOURCE_FINAL = frozenset({COMPLETED, FAILED})
"""A source attempt that ended; it never goes back."""

_SAME_WORD = {"in-progress": PROCESSING}
"""Some of upstream's documentation says `in-progress` where the API says `processing`."""

UNCONFIRMED_FOR = timedelta(hours=24)
"""How long a start without an answer may still be settled by a webhook."""

_FIRST_CHECK = timedelta(seconds=5)
_SLOWEST_CHECK = timedelta(minutes=15)


def upstream_word(status: str) -> str:
    """Upstream's status word, its two spellings of one state made one."""
    return _SAME_WORD.get(status, status)


def derived(latest_attempts: Iterable[str]) -> str:
    """A query's status from the status of each source type's latest attempt.

    Sources that were never started count only where there is nothing else: then nothing runs.
    """
    words = set(latest_attempts)
    ran = words - {NOT_STARTED}
    if not ran:
        return FAILED if words else PROCESSING
    if not ran <= SOURCE_FINAL:
        return PROCESSING
    return PARTIAL if len(ran) > 1 else ran.pop()


def settled(upstream: str | None, from_sources: str) -> str:
    """A query's status from upstream's newest word, if any, and what its sources add up to.

    Sources that have all ended are not undone by `processing`: the answer may be older than the
    webhooks, and upstream may say it of a query none of whose sources was started. A word that is
    new to us says nothing about whether the query has ended, so the sources decide.
    """
    if upstream is None:
        return from_sources
    word = upstream_word(upstream)
    if word in FINISHED:
        return word
    return from_sources if from_sources in FINISHED else word


def next_check(now: datetime, checks: int) -> datetime:
    """When to ask upstream again: after 5 s, then twice as long each time, at most 15 min."""
    factor: int = 1 << min(checks, 12)
    return now + min(_FIRST_CHECK * factor, _SLOWEST_CHECK)
