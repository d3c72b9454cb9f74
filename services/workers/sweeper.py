"""Erases the secrets of AAL2 sessions past their limits and the addresses of expired links.

It also writes down which staff sessions are over, marks calls for a link whose answer was lost, and
prunes what was noted of changes to the log: open pages ask every few seconds, so a day is far more
than they need.
"""

from collections.abc import Callable
from datetime import timedelta

from services.clock import Clock
from services.identity.aal2_sessions import Aal2Sessions
from services.identity.link_statuses import mark_lost
from services.identity.patient_links import PatientLinks
from services.metriport.timing import LOST_AFTER
from services.store import Store
from services.store.log_change import prune

_CHANGES_KEPT = timedelta(days=1)


class Sweeper:
    """Erases in steps, over the tables of individual access; `sweep_staff` ends staff sessions."""

    def __init__(
        self,
        store: Store,
        aal2: Aal2Sessions,
        links: PatientLinks,
        clock: Clock,
        sweep_staff: Callable[[], int] = lambda: 0,
    ) -> None:
        self._sweep_staff = sweep_staff
        self._store = store
        self._aal2 = aal2
        self._links = links
        self._clock = clock

    def step(self) -> int:
        """Erase what has ended by now; answers how many rows were swept."""
        now = self._clock()
        # First, and in a transaction of its own: it appends to the access log, and holds its head.
        over = self._sweep_staff()
        with self._store.write() as session:
            mark_lost(session, now - LOST_AFTER)
            prune(session, now - _CHANGES_KEPT)
            return over + self._aal2.sweep(session, now) + self._links.sweep(session, now)
