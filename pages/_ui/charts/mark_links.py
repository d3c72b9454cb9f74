"""Which queries a mark of a chart stands for, as the address of the Queries page says it. Pure.

What the page's own controls can say is said by them, so that it can be changed there; the rest by
`pages/_ui/list/link_filters.py`. The page then lists exactly the queries that the mark counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pages._ui.list import link_filters as link
from pages._ui.words.names import ORIGINS, PURPOSES, SOURCES
from pages._ui.words.states import QUERY_STATES, label
from services.outcomes.buckets import day_start
from services.outcomes.frames import NO_RECORDS
from services.outcomes.outcomes import OutcomeView
from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.outcomes.rollups.reading import Part
from services.queries.filters import NO_FACILITY
from services.queries.status import COMPLETED, PARTIAL

Address = dict[str, str]
"""Names and values of the query string; a control is named with the words that it shows."""

_NO_STATUS = (COMPLETED, PARTIAL, HIDDEN_FAILURE, NO_RECORDS)
"""Outcomes of which a status alone says too little, or too much."""


@dataclass(frozen=True)
class Behind:
    """The links of the marks of one view: each holds its part of the log, and its time."""

    view: OutcomeView

    @property
    def all(self) -> Address:
        """All queries of the view."""
        period = self.view.period
        return self.between(period.since, period.until)

    def between(self, since: datetime, until: datetime) -> Address:
        """The queries submitted from `since` to before `until`."""
        return part_link(self.view.part) | span(since, until, self.view.zone)

    def bar(self, purpose: str, outcome: str, since: datetime, until: datetime) -> Address:
        """The queries of a purpose and an outcome submitted from `since` to before `until`."""
        return self.between(since, until) | _purpose(purpose) | _outcome(outcome)

    def outcome(self, purpose: str, outcome: str) -> Address:
        """The queries of a purpose and an outcome."""
        return self.all | _purpose(purpose) | _outcome(outcome)

    def source(self, source: str, purpose: str, since: datetime, until: datetime) -> Address:
        """The queries that asked a source, submitted from `since` to before `until`."""
        return self.between(since, until) | _purpose(purpose) | _source(source)

    def result(self, source: str, purpose: str, result: str) -> Address:
        """The queries whose latest attempts at a source ended as `result` says."""
        return self.all | _purpose(purpose) | _source(source) | {link.RESULT: result}

    def error(self, where: str, error: str, status: int | None, purpose: str) -> Address:
        """The queries that have an error, of a source type or of the query itself."""
        address = self.all | _purpose(purpose) | {link.ERROR: error, link.ERROR_IN: where}
        return address | ({link.ERROR_STATUS: str(status)} if status is not None else {})

    def facility(self, facility_id: str | None, purpose: str) -> Address:
        """The queries of a facility, or of none, and a purpose."""
        return self.all | _purpose(purpose) | {link.FACILITY: facility_id or NO_FACILITY}


def part_link(part: Part) -> Address:
    """What is left out of a part of the log, and the facility that it is about."""
    address: Address = {}
    if part.facility_id is not None:
        address[link.FACILITY] = part.facility_id
    if part.leave_out_external:
        address["origin"] = ORIGINS["dashboard"]
    if part.leave_out_tests:
        address[link.TESTS] = link.WITHOUT_TESTS
    return address


def span(since: datetime, until: datetime, zone: ZoneInfo) -> Address:
    """A time of submission: as days where it consists of whole days of `zone`, else exactly."""
    first, after = since.astimezone(zone).date(), until.astimezone(zone).date()
    if (day_start(first, zone), day_start(after, zone)) == (since, until):
        return {"from": first.isoformat(), "to": (after - timedelta(days=1)).isoformat()}
    return {link.SINCE: since.isoformat(), link.UNTIL: until.isoformat()}


def _purpose(purpose: str) -> Address:
    return {"purpose": PURPOSES[purpose]} if purpose in PURPOSES else {link.PURPOSE: purpose}


def _outcome(outcome: str) -> Address:
    if outcome in _NO_STATUS:
        return {link.OUTCOME: outcome}
    if outcome in QUERY_STATES:
        return {"status": label(QUERY_STATES, outcome)}
    return {link.STATUS: outcome}


def _source(source: str) -> Address:
    return {"source": SOURCES[source]} if source in SOURCES else {link.SOURCE: source}
