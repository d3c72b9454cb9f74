"""Background work: a worker calls one function again and again in a thread of its own."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Worker:
    """Calls `step` every `interval` seconds, and at once after a `nudge`.

    `step` answers how many things it did; unless that is 0 it is called again at once. If it
    raises, the error's class is logged, and it is called again after the interval.
    """

    def __init__(self, name: str, step: Callable[[], int], interval: float) -> None:
        self._step = step
        self._interval = interval
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; can be called once."""
        self._thread.start()

    def nudge(self) -> None:
        """Have `step` called at once, because there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the step that is running, and wait for it for at most ten seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Cleared before the step, so that a nudge during the step is not lost. The flag to stop
            # is read after that: a stop between the two would be cleared, and the thread would
            # sleep for a whole interval.
            self._wake.clear()
            if self._stopping.is_set():
                return
            if not self._did_something():
                self._wake.wait(self._interval)

    def _did_something(self) -> bool:
        try:
            return self._step() > 0
        except Exception as error:
            # Whatever it is, the thread must not end. The text may hold what upstream said of a
            # person, so only the class is logged.
            _log.error("%s: %s", self._thread.name, type(error).__name__)
            return False
