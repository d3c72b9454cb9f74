"""Finds people by upstream's data and by their state of individual access.

Only upstream knows who somebody is, and only the log knows their state. So a search that filters by
state reads upstream's pages one after the other, and keeps the people whose state matches.
"""

from dataclasses import dataclass, field

from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import IndividualAccess, Standing
from services.metriport.schemas import Patient, PatientPage
from services.patients.directory import Patients
from services.staff.permissions import Actor

ENOUGH = 25
"""The number of people on a page of results."""

_STRIDE = 250
_MOST_PAGES = 8
"""A search by state reads so many pages of `_STRIDE` people at most; the staff is waiting."""


@dataclass(frozen=True)
class SearchRequest:
    """What to look for; None does not filter."""

    text: str = ""
    facility_id: str | None = None
    identity: IdentityState | None = None
    aal2: Aal2State | None = None

    @property
    def by_state(self) -> bool:
        """Whether the search filters by state, which only the log knows."""
        return self.identity is not None or self.aal2 is not None

    def matches(self, standing: Standing) -> bool:
        """Whether a person in these states is looked for."""
        return self.identity in (None, standing.identity) and self.aal2 in (None, standing.aal2)


@dataclass(frozen=True)
class SearchResults:
    """One page of results.

    `total` is None for a search by state, and `looked_through` is how many people of upstream it
    has compared for this page.
    """

    patients: list[Patient]
    next_page: str | None
    prev_page: str | None
    total: int | None
    looked_through: int = field(default=0)


class PatientSearch:
    """Searches upstream, and compares what it finds with the log."""

    def __init__(self, patients: Patients, identity: IndividualAccess) -> None:
        self._patients = patients
        self._identity = identity

    def search(self, actor: Actor, request: SearchRequest) -> SearchResults:
        """The first page of the people that match; raises `InvalidInput` for a wrong search."""
        size = _STRIDE if request.by_state else ENOUGH
        page = self._patients.search(actor, request.text, request.facility_id, size)
        return self._filter(actor, request, page)

    def turn(self, actor: Actor, request: SearchRequest, page_url: str) -> SearchResults:
        """The page of results at the address `next_page` or `prev_page` of an earlier page."""
        return self._filter(actor, request, self._patients.turn(actor, page_url))

    def _filter(self, actor: Actor, request: SearchRequest, page: PatientPage) -> SearchResults:
        if not request.by_state:
            meta = page.meta
            return SearchResults(page.patients, meta.next_page, meta.prev_page, meta.items_in_total)
        return self._filter_by_state(actor, request, page)

    def _filter_by_state(
        self, actor: Actor, request: SearchRequest, page: PatientPage
    ) -> SearchResults:
        """Read on from `page` until a page of results is full, at most two thousand people."""
        matching: list[Patient] = []
        seen = 0
        for _ in range(_MOST_PAGES):
            seen += len(page.patients)
            standings = self._identity.standings(actor, [person.id for person in page.patients])
            matching += [
                person for person in page.patients if request.matches(standings[person.id])
            ]
            if len(matching) >= ENOUGH or not page.meta.next_page:
                break
            page = self._patients.turn(actor, page.meta.next_page)
        # More than a page of results may match on the last page that was read; all are shown,
        # because the next page begins behind it. A page back would need another walk.
        return SearchResults(matching, page.meta.next_page, None, None, seen)
