"""Work that goes on beside the pages, each kind in a thread of its own."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Worker:
    """Calls `step` at least every `interval` seconds, and at once when nudged.

    `step` answers how much it did; as long as that is not nothing it is called again. A step that
    raises is reported by its class, without its text, and tried again at the next turn.
    """

    def __init__(self, name: str, step: Callable[[], int], interval: float) -> None:
        self._step = step
        self._interval = interval
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def nudge(self) -> None:
        """Something is there to do."""
        self._wake.set()

    def stop(self) -> None:
        """End after the step that is under way, waiting for it at most ten seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Cleared before the work, so that a nudge during it is not lost; and only then is it
            # asked whether to stop: a stop in between would be waited for a whole interval.
            self._wake.clear()
            if self._stopping.is_set():
                return
            if not self._did_something():
                self._wake.wait(self._interval)

    def _did_something(self) -> bool:
        try:
            return self._step() > 0
        except Exception as error:
            _log.error("%s: %s", self._thread.name, type(error).__name__)
            return False
