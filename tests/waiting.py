"""Waiting for what other threads and the sandbox do."""

import time
from collections.abc import Callable


def until(happened: Callable[[], bool], seconds: float = 15) -> None:
    """Return as soon as it has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.03)
