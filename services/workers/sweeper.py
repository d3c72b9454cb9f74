"""Erases the secrets of AAL2 sessions past their limits and the addresses of expired links.

It also marks calls for a link whose answer was lost, and prunes what was noted of changes to the
log: open pages ask every few seconds, so a day is far more than they need.
"""

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
    """Erases in steps; each step is one transaction over the tables of individual access."""

    def __init__(self, store: Store, aal2: Aal2Sessions, links: PatientLinks, clock: Clock) -> None:
        self._store = store
        self._aal2 = aal2
        self._links = links
        self._clock = clock

    def step(self) -> int:
        """Erase what has ended by now; answers how many AAL2 sessions and addresses were erased."""
        now = self._clock()
        with self._store.write() as session:
            mark_lost(session, now - LOST_AFTER)
            prune(session, now - _CHANGES_KEPT)
            return self._aal2.sweep(session, now) + self._links.sweep(session, now)
