"""Rate limits per account, counted over a sliding minute."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from threading import Lock

from services.clock import Clock
from services.sandbox.answers import Refusal

WINDOW = timedelta(minutes=1)
PATIENT_WRITES = 15
SOURCE_STARTS = 20
CONSOLIDATED_STARTS = 120


class RateLimits:
    """Remembers when what was done; a refused call does not count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._done: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def allows(self, what: str, limit: int) -> bool:
        """Whether `what` may be done now; if so it is counted."""
        with self._lock:
            now, done = self._clock(), self._done[what]
            while done and done[0] <= now - WINDOW:
                done.popleft()
            if len(done) >= limit:
                return False
            done.append(now)
            return True

    def require(self, what: str, limit: int) -> None:
        """Count `what`, or refuse with 429."""
        if not self.allows(what, limit):
            raise Refusal(429, f"Too many {what} requests, please try again later")
