"""The clock that services are given, so that a test sets the time and never waits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the present time as an aware datetime in UTC."""


def utc_now() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


CLOCK_TOLERANCE = timedelta(seconds=30)
"""Two clocks that differ by less count as equal.

The `Date` header of an answer is cut to a second, and the answer takes a while to arrive.
"""
