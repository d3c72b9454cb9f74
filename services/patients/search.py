"""Find people, with where each stands on the way to their own records.

Who somebody is only upstream knows, and where they stand only the log: a search that filters by
state walks upstream's pages and keeps those who match.
"""

from dataclasses import dataclass, field

from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import IndividualAccess, Standing
from services.metriport.schemas import Patient, PatientPage
from services.patients.directory import Patients
from services.staff.permissions import Actor

ENOUGH = 25
"""People on a page of results."""

_STRIDE = 250
_MOST_PAGES = 8


@dataclass(frozen=True)
class SearchRequest:
    """What to look for; None does not filter."""

    text: str = ""
    facility_id: str | None = None
    identity: IdentityState | None = None
    aal2: Aal2State | None = None

    @property
    def by_state(self) -> bool:
        """Whether the log has a say in who matches."""
        return self.identity is not None or self.aal2 is not None

    def matches(self, standing: Standing) -> bool:
        """Whether somebody who stands there is looked for."""
        return self.identity in (None, standing.identity) and self.aal2 in (None, standing.aal2)


@dataclass(frozen=True)
class SearchResults:
    """One page of results. `total` is known only where the log has no say in it.

    `looked_through` counts the people that the walk has seen for this page.
    """

    patients: list[Patient]
    next_page: str | None
    prev_page: str | None
    total: int | None
    looked_through: int = field(default=0)


class PatientSearch:
    """Searches upstream and the log together."""

    def __init__(self, patients: Patients, identity: IndividualAccess) -> None:
        self._patients = patients
        self._identity = identity

    def search(self, actor: Actor, request: SearchRequest) -> SearchResults:
        """The first page of the people that match; raises `InvalidInput` for a wrong search."""
        size = _STRIDE if request.by_state else ENOUGH
        page = self._patients.search(actor, request.text, request.facility_id, size)
        return self._found(actor, request, page)

    def turn(self, actor: Actor, request: SearchRequest, page_url: str) -> SearchResults:
        """The page of results at a `next_page` or `prev_page` of an earlier one."""
        return self._found(actor, request, self._patients.turn(actor, page_url))

    def _found(self, actor: Actor, request: SearchRequest, page: PatientPage) -> SearchResults:
        if not request.by_state:
            meta = page.meta
            return SearchResults(page.patients, meta.next_page, meta.prev_page, meta.items_in_total)
        return self._walked(actor, request, page)

    def _walked(self, actor: Actor, request: SearchRequest, page: PatientPage) -> SearchResults:
        """Go on until a page is full, at most a few thousand people at once."""
        matching: list[Patient] = []
        seen = 0
        for _ in range(_MOST_PAGES):
            seen += len(page.patients)
            standings = self._identity.standings(actor, [one.id for one in page.patients])
            matching += [one for one in page.patients if request.matches(standings[one.id])]
            if len(matching) >= ENOUGH or not page.meta.next_page:
                break
            page = self._patients.turn(actor, page.meta.next_page)
        return SearchResults(matching, page.meta.next_page, None, None, seen)
