"""The documented rate limits of an account, counted over a sliding minute."""

from collections import defaultdict, deque
from datetime import datetime
from threading import Lock

from services.clock import Clock
from services.metriport.rate_limits import WINDOW, RateLimit, call_limit, source_limit
from services.sandbox.answers import Refusal


class RateLimits:
    """Remembers when which operation was done; a refused call does not count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._done: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def allows_source(self, source: str) -> bool:
        """Whether one more network query may ask `source` now; if so it is counted."""
        return self.allows(source_limit(source))

    def require_call(self, method: str, path: str) -> None:
        """Count a call by its method and path template; refuse it with 429 over its limit."""
        self.require(call_limit(method, path))

    def allows(self, limit: RateLimit) -> bool:
        """Whether the limit leaves room for one more now; if so it is counted."""
        with self._lock:
            now, done = self._clock(), self._done[limit.operation]
            while done and done[0] <= now - WINDOW:
                done.popleft()
            if len(done) >= limit.per_minute:
                return False
            done.append(now)
            return True

    def require(self, limit: RateLimit) -> None:
        """Count one more, or refuse it with 429."""
        if not self.allows(limit):
            raise Refusal(429, "Too many requests - please reduce your request rate.")
