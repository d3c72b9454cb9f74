"""Reads the names of all people ahead, page by page in the background, for searches."""

from datetime import datetime, timedelta

from services.background import Worker
from services.clock import Clock
from services.errors import UpstreamError
from services.metriport.client import MetriportClient
from services.metriport.schemas import PatientPage
from services.patients.search.name_index import KEPT_FOR, MOST_PEOPLE, NameIndex

_FIRST_WAIT = timedelta(seconds=5)
"""A program that has just started has better things to ask upstream for."""

_PAGE = 250
_PAUSE = timedelta(seconds=5)
"""Between two pages at least, so at most 12 calls a minute. Upstream documents no limit of its
lists; the lowest one of all, of changes to patients, is 15 a minute."""

_SHARE = 10
"""A pause is also so many times as long as its page took: a slow upstream is asked less."""

_AFTER_AN_ERROR = timedelta(minutes=5)
_REFRESH = KEPT_FOR - timedelta(hours=4)
"""From the end of one reading to the next, so that it ends before names are forgotten."""


class NameReader:
    """Turns upstream's list of patients page by page, and puts the names into the index.

    Nobody looks at what it reads, so the access log gets no event: it gets one for each search that
    shows people. Nothing is read unless it is `allowed`; names are forgotten in time all the same.
    """

    def __init__(
        self, client: MetriportClient, names: NameIndex, clock: Clock, *, allowed: bool
    ) -> None:
        self._client = client
        self._names = names
        self._clock = clock
        self._allowed = allowed
        self._due = clock() + _FIRST_WAIT
        self._next_page: str | None = None
        self._read = 0
        self.worker = Worker("name reader", self.step, 2.0)

    def step(self) -> int:
        """Forget what is old, and read the page that is due, if one is.

        Answers 0 in any case: the worker must not call again before the pause is over.
        """
        self._names.expire()
        if self._allowed and self._clock() >= self._due:
            self._due = self._read_page()
        return 0

    def _read_page(self) -> datetime:
        """Read the next page, or the first one; answers when the one after it is due."""
        started = self._clock()
        try:
            page = self._ask()
        except UpstreamError:
            # The address of the page may be what upstream refuses, so the list is begun anew.
            self._next_page = None
            return self._clock() + _AFTER_AN_ERROR
        for patient in page.patients:
            self._names.remember(patient, started)
        self._read += len(page.patients)
        # Beyond what the index holds, each page would push out an earlier one.
        self._next_page = page.meta.next_page if self._read < MOST_PEOPLE else None
        now = self._clock()
        return now + (max(_PAUSE, _SHARE * (now - started)) if self._next_page else _REFRESH)

    def _ask(self) -> PatientPage:
        if self._next_page is not None:
            return self._client.patient_page(self._next_page)
        self._read = 0
        return self._client.list_patients(count=_PAGE)
