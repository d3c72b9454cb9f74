"""Sign-ins that failed before anybody was known, in the access log."""

from datetime import datetime, timedelta
from threading import Lock

from services.clock import Clock
from services.staff.audit import Audit, Stranger
from services.staff.sign_in.sign_ins import Browser
from services.store import Store

_SPAN = timedelta(minutes=1)
_MOST = 20
"""Events in a minute. Anybody can make a sign-in fail, and nobody may fill the log that way."""


class RefusedSignIns:
    """Notes who could not be signed in and is not known, at most so often."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._lock = Lock()
        self._begun: datetime | None = None
        self._noted = 0
        self._unnoted = 0

    def note(self, why: str, browser: Browser) -> bool:
        """Append the event of a refused sign-in, unless there were too many; answers if it did.

        What was too many is counted in the next event that is appended (`unnoted`).
        """
        left_out = self._take()
        if left_out is None:
            return False
        details = {"why": why} | ({"unnoted": left_out} if left_out else {})
        stranger = Stranger("unknown", "Unknown", browser.address)
        with self._store.write() as session:
            self._audit.append(session, stranger, "sign_in", outcome="refused", details=details)
        return True

    def _take(self) -> int | None:
        """How many events were left out before this one; None if this one has to be left out."""
        with self._lock:
            now = self._clock()
            if self._begun is None or now - self._begun >= _SPAN:
                self._begun, self._noted = now, 0
            if self._noted >= _MOST:
                self._unnoted += 1
                return None
            self._noted += 1
            left_out, self._unnoted = self._unnoted, 0
            return left_out
