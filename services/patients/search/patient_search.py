"""Finds people by upstream's data, by the names that were read, and by their state.

Upstream compares whole words, the index of names knows parts and slips of names, and only the log
knows states. So a search asks upstream once in every spelling that it understands, once more for
the people whom the index proposes, and with a filter by state also for further pages. It makes
three calls at most.
"""

from dataclasses import dataclass, field, replace

from services.clock import Clock
from services.errors import UpstreamError
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import IndividualAccess, Standing
from services.metriport.schemas import Patient, PatientPage
from services.patients.directory import Patients
from services.patients.search.name_index import NameIndex, fits
from services.patients.search.suggestions import Suggestion, also_try, which_date
from services.patients.search.terms import SearchTerms, read_terms
from services.staff.permissions import Actor

ENOUGH = 25
"""The number of people on a page of results."""

_STRIDE = 250
_MOST_CALLS = 3
"""Of one search, at most: the staff waits. A search by state reads `_STRIDE` people with each."""


@dataclass(frozen=True)
class SearchRequest:
    """What to look for; None does not filter."""

    text: str = ""
    facility_id: str | None = None
    identity: IdentityState | None = None
    aal2: Aal2State | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the text leaves people out."""
        return self.facility_id is not None or self.by_state

    @property
    def by_state(self) -> bool:
        """Whether the search filters by state, which only the log knows."""
        return self.identity is not None or self.aal2 is not None

    def matches(self, standing: Standing) -> bool:
        """Whether a person in these states is looked for."""
        return self.identity in (None, standing.identity) and self.aal2 in (None, standing.aal2)


@dataclass(frozen=True)
class SearchReport:
    """What was searched and what was not, and what else can be tried.

    `similar` are people with names like those that were typed, beyond whom upstream found. They
    were looked for among `names_compared` names; None where names were not compared, and with
    `similar_error` they could not be read. `dates` asks what an ambiguous date means: until that
    is answered, every meaning is searched for.
    """

    terms: SearchTerms = field(default_factory=SearchTerms)
    similar: list[Patient] = field(default_factory=list)
    names_compared: int | None = None
    similar_error: UpstreamError | None = None
    dates: list[Suggestion] = field(default_factory=list)
    also_try: list[Suggestion] = field(default_factory=list)


@dataclass(frozen=True)
class SearchResults:
    """One page of results.

    `total` is None for a search by state, and `looked_through` is how many people of upstream it
    has compared for this page. The `report` is of a search's first page; others have an empty one.
    """

    patients: list[Patient]
    next_page: str | None
    prev_page: str | None
    total: int | None
    looked_through: int = 0
    report: SearchReport = field(default_factory=SearchReport)


class PatientSearch:
    """Searches upstream and the names that were read, and compares what it finds with the log."""

    def __init__(
        self, patients: Patients, identity: IndividualAccess, names: NameIndex, clock: Clock
    ) -> None:
        self._patients = patients
        self._identity = identity
        self._names = names
        self._clock = clock

    def search(self, actor: Actor, request: SearchRequest) -> SearchResults:
        """The first page of the people that match, and a report of what was searched.

        Raises `NotPermitted`, `InvalidInput` for a wrong search, `SecretPasted`, and an
        `UpstreamError`.
        """
        terms = read_terms(request.text, self._clock().date())
        if terms.is_empty and terms.unsearchable:
            return SearchResults([], None, None, 0, report=SearchReport(terms))
        size = _STRIDE if request.by_state else ENOUGH
        page = self._patients.search(
            actor, request.text, request.facility_id, size, all_shown=not request.by_state
        )
        # One call is kept for the people whom the index proposes.
        pages = _MOST_CALLS - 1 if terms.names else _MOST_CALLS
        found = self._filter(actor, request, page, pages)
        return replace(found, report=self._report(actor, request, terms, found))

    def turn(self, actor: Actor, request: SearchRequest, page_url: str) -> SearchResults:
        """The page of results at the address `next_page` or `prev_page` of an earlier page."""
        page = self._patients.turn(actor, page_url, all_shown=not request.by_state)
        return self._filter(actor, request, page, _MOST_CALLS)

    def is_outdated(self, results: SearchResults) -> bool:
        """Whether somebody among the results has another name by now, as after a correction."""
        return any(map(self._names.differs, results.patients + results.report.similar))

    def _report(
        self, actor: Actor, request: SearchRequest, terms: SearchTerms, found: SearchResults
    ) -> SearchReport:
        dates, others = which_date(terms), [] if found.patients else also_try(terms)
        # Where a page is full, whoever is meant has to be narrowed down first.
        if not terms.names or found.next_page:
            return SearchReport(terms, dates=dates, also_try=others)
        compared = len(self._names)
        try:
            similar = self._find_similar(actor, request, terms, found.patients)
        except UpstreamError as error:
            # The people whom upstream has found are shown all the same.
            return SearchReport(terms, similar_error=error, dates=dates, also_try=others)
        return SearchReport(terms, similar, compared, dates=dates, also_try=others)

    def _find_similar(
        self, actor: Actor, request: SearchRequest, terms: SearchTerms, found: list[Patient]
    ) -> list[Patient]:
        """People whose names are like those that were typed, as upstream has them now.

        Where upstream has found somebody, nothing was misspelled: then only names that begin with
        what was typed count.
        """
        names, slips = terms.names, not found
        births = [born for date in terms.dates for born in date.meanings if born[0].isdigit()]
        known = {patient.id for patient in found}
        ids = self._names.find(names, births, ENOUGH + len(known), slips=slips)
        ids = [patient_id for patient_id in ids if patient_id not in known][:ENOUGH]
        if not ids:
            return []
        read = self._patients.read_anew(actor, ids, request.facility_id)
        # A name may have changed since it came into the index.
        similar = [person for person in read if fits(person, names, births, slips=slips)]
        return self._in_state(actor, request, similar) if request.by_state else similar

    def _filter(
        self, actor: Actor, request: SearchRequest, page: PatientPage, pages: int
    ) -> SearchResults:
        if not request.by_state:
            meta = page.meta
            return SearchResults(page.patients, meta.next_page, meta.prev_page, meta.items_in_total)
        return self._filter_by_state(actor, request, page, pages)

    def _filter_by_state(
        self, actor: Actor, request: SearchRequest, page: PatientPage, pages: int
    ) -> SearchResults:
        """Read on from `page` until a page of results is full, at most `pages` pages in all."""
        matching: list[Patient] = []
        seen = 0
        for number in range(1, pages + 1):
            seen += len(page.patients)
            matching += self._in_state(actor, request, page.patients)
            if len(matching) >= ENOUGH or not page.meta.next_page or number == pages:
                break
            page = self._patients.turn(actor, page.meta.next_page, all_shown=False)
        self._patients.note_shown(actor, [person.id for person in matching])
        # More than a page of results may match on the last page that was read; all are shown,
        # because the next page begins behind it. A page back would need another walk.
        return SearchResults(matching, page.meta.next_page, None, None, seen)

    def _in_state(
        self, actor: Actor, request: SearchRequest, people: list[Patient]
    ) -> list[Patient]:
        standings = self._identity.standings(actor, [person.id for person in people])
        return [person for person in people if request.matches(standings[person.id])]
