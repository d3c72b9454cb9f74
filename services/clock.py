"""The time now, handed in so that tests never wait for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the time now, in UTC and aware of it."""


def utc_now() -> datetime:
    """The time now in UTC."""
    return datetime.now(UTC)


CLOCK_TOLERANCE = timedelta(seconds=30)
"""Two clocks that are less apart agree.

An answer names its time to the second, and takes a while to arrive.
"""
