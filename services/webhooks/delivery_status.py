"""Upstream's delivery status of webhooks, read in the background so that no page waits for it."""

from datetime import datetime, timedelta

from services.background import Worker
from services.clock import Clock
from services.errors import UpstreamError
from services.metriport.client import MetriportClient
from services.metriport.schemas import DeliveryStatus

_GOOD_FOR = timedelta(seconds=30)
_SHOWN_FOR = timedelta(minutes=5)
"""An older status is not shown: pages would take it for the present one."""

_LONGEST_SLEEP = 3600.0
"""In seconds. `status` wakes the worker, so this only bounds a wake-up that was missed."""


class DeliveryStatusMonitor:
    """Keeps the newest delivery status in memory.

    `status` never waits: it answers what is known and has the worker ask upstream again.
    """

    def __init__(self, client: MetriportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._known: tuple[datetime, DeliveryStatus] | None = None
        self._is_wanted = False
        self.worker = Worker("delivery status", self.step, _LONGEST_SLEEP)

    def status(self) -> DeliveryStatus:
        """What upstream said last, at most five minutes old; an empty status where it is older."""
        now = self._clock()
        if self._known is None or self._known[0] < now - _GOOD_FOR:
            self._is_wanted = True
            self.worker.nudge()
        if self._known is None or self._known[0] < now - _SHOWN_FOR:
            return DeliveryStatus()
        return self._known[1]

    def forget(self) -> None:
        """Forget the status, which a retry has just made wrong."""
        self._known = None

    def step(self) -> int:
        """Read the status from upstream if a page wants it; answers 1 if that succeeded, else 0."""
        if not self._is_wanted:
            return 0
        # Before the call, so that a wish during the call is not lost.
        self._is_wanted = False
        try:
            self._known = (self._clock(), self._client.get_delivery_status())
        except UpstreamError:
            # Not repeated here: the next page that wants the status has it asked for again.
            return 0
        return 1
