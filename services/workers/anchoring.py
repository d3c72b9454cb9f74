"""Keeps the access log provable: anchors its head, seals closed months, purges what is old."""

import logging
from datetime import timedelta
from threading import Thread

from services.clock import Clock
from services.errors import LogUnavailable
from services.staff.proof.anchors import Anchors
from services.staff.proof.segments import Segments

_SEAL_EVERY = timedelta(hours=1)
_PURGE_EVERY = timedelta(days=1)

_log = logging.getLogger(__name__)


class Anchoring:
    """Anchors and seals every hour, purges once a day; several machines may do so at once."""

    def __init__(self, anchors: Anchors, segments: Segments, clock: Clock) -> None:
        self._anchors = anchors
        self._segments = segments
        self._clock = clock
        self._seal_at = self._purge_at = clock()

    def step(self) -> int:
        """Do what is due; answers how much it did, 0 once there is nothing left for now."""
        return self._anchors.step() or self._seal() or self._purge()

    def anchor_at_stop(self, patience: float = 5) -> None:
        """Anchor the head for the last time, unless the log takes longer than `patience` seconds.

        A log that does not answer must not keep the program from ending.
        """
        anchoring = Thread(target=self._try_to_anchor, name="last anchor", daemon=True)
        anchoring.start()
        anchoring.join(patience)

    def _try_to_anchor(self) -> None:
        try:
            self._anchors.anchor()
        except LogUnavailable:
            _log.warning("audit: the log did not answer, so the last hour is not anchored")

    def _seal(self) -> int:
        now = self._clock()
        if now < self._seal_at:
            return 0
        sealed = self._segments.seal()
        if not sealed:
            self._seal_at = now + _SEAL_EVERY
        return sealed

    def _purge(self) -> int:
        now = self._clock()
        if now < self._purge_at:
            return 0
        purged = self._segments.purge()
        if not purged:
            self._purge_at = now + _PURGE_EVERY
        return purged
