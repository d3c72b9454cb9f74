"""Upstream's own word on how its webhook deliveries fare, looked up beside the pages."""

from datetime import datetime, timedelta

from services.background import Worker
from services.clock import Clock
from services.errors import UpstreamError
from services.metriport.client import MetriportClient
from services.metriport.schemas import DeliveryStatus

_GOOD_FOR = timedelta(seconds=30)
_GIVEN_UP_AFTER = timedelta(minutes=5)


class DeliveryStatusMonitor:
    """The newest delivery status. Whoever asks gets what is known at once, and never waits."""

    def __init__(self, client: MetriportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._known: tuple[datetime, DeliveryStatus] | None = None
        self._wanted = False
        self.worker = Worker("delivery status", self.step, 3600.0)

    def status(self) -> DeliveryStatus:
        """What upstream said last; an upstream that has not said anything of late says nothing."""
        now = self._clock()
        if self._known is None or self._known[0] < now - _GOOD_FOR:
            self._wanted = True
            self.worker.nudge()
        if self._known is None or self._known[0] < now - _GIVEN_UP_AFTER:
            return DeliveryStatus()
        return self._known[1]

    def forget(self) -> None:
        """Something was done about it: what is known is old."""
        self._known = None

    def step(self) -> int:
        """Ask upstream, if somebody wants to know."""
        if not self._wanted:
            return 0
        self._wanted = False
        try:
            self._known = (self._clock(), self._client.get_delivery_status())
        except UpstreamError:
            # Asked again when somebody wants to know again.
            return 0
        return 1
