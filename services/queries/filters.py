"""Filters over the log of network queries, as they stand in a URL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, text
from sqlmodel import Session, col, select

from services.pasted_ids import id_filter
from services.queries.conditions.drivers import OF_QUERY, error_driver, result_driver, source_driver
from services.queries.conditions.records import found_none
from services.queries.conditions.sources import MIXED, all_completed, is_latest, result_of
from services.queries.status import COMPLETED, PARTIAL
from services.staff.looks import filters_in_use
from services.store.lists.distinct import distinct_values
from services.store.lists.streams import Driver, Listing, driver
from services.store.tables import NetworkQuery, PersonOfTest
from services.store.tables.queries import BY_STAFF

__all__ = [
    "HIDDEN_FAILURE",
    "MIXED",
    "NO_FACILITY",
    "NO_RECORDS",
    "OF_QUERY",
    "QueryFilters",
    "is_latest",
]

HIDDEN_FAILURE = "hidden_failure"
"""The outcome of a query that is `partial` although every source that it names completed."""

NO_RECORDS = "no_records"
"""The outcome of a query that completed and whose records were counted to none."""

NO_FACILITY = "none"
"""Stands for queries of which no facility is known."""

_STATUS_OF = {HIDDEN_FAILURE: PARTIAL, NO_RECORDS: COMPLETED}

_CHOSEN = ("since", "until", "error_status", "without_tests")
"""Filters that are no text."""

_WORDS = re.compile(r"[\w.:/-]{1,60}(, [\w.:/-]{1,60})*")
"""Ids, and words of upstream, one or several."""


@dataclass(frozen=True)
class QueryFilters:
    """Which queries to show; an empty field does not filter.

    `since` (inclusive) and `until` (exclusive) bound the time of submission, in UTC.
    `started_by_id` is the stable id of a member of the staff, since two may have one name.
    `facility_id` may be `NO_FACILITY`. `source` and `source_status` have to be true of one and the
    same source. `source_result` is the status of all latest attempts of `source`, or `MIXED`.
    `error` is the text of a source's error message or of the query's error title, normalised or as
    it came; with `error_in`, a source type or `OF_QUERY`, it has to stand there, with
    `error_status` as its HTTP status or, for None, without any. `outcome` is a status, of which
    `partial` is without the hidden failures and `completed` without those that found no records, or
    one of `HIDDEN_FAILURE` and `NO_RECORDS`. `without_tests` leaves out people who were marked as
    made up for a test.
    """

    statuses: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    source: str | None = None
    source_status: str | None = None
    facility_id: str | None = None
    started_by_id: str | None = None
    origin: str | None = None
    patient_id: str | None = None
    source_result: str | None = None
    error: str | None = None
    error_in: str | None = None
    error_status: int | None = None
    outcome: str | None = None
    without_tests: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def listing(self, session: Session) -> Listing:
        """The list of the queries that match."""
        return Listing(
            rows=select(NetworkQuery),
            at=col(NetworkQuery.submitted_at),
            key=col(NetworkQuery.id),
            # Those that mostly have few rows come first.
            drivers=[*self._column_drivers(), *self._source_drivers(session),
                     *self._status_drivers(), *self._kind_drivers(session)],
            others=list(self._others()),
            since=self.since,
            until=self.until,
        )  # fmt: skip

    def summary(self) -> dict[str, str]:
        """The filters in use, for the access log: ids and words only.

        A link brings any text with it, and an error's text is upstream's own. Neither may enter a
        log from which nothing can be taken out: only its length is said.
        """
        return {
            name: value if name in _CHOSEN or _is_word(name, value) else f"{len(value)} characters"
            for name, value in filters_in_use(self).items()
        }

    def checked(self) -> "QueryFilters":
        """These filters with a bare id of a patient; raises `InvalidInput` where it is no id."""
        return replace(self, patient_id=id_filter(self.patient_id))

    def _column_drivers(self) -> Iterator[Driver]:
        if self.patient_id:
            yield _driver(col(NetworkQuery.patient_id) == self.patient_id)
        if self.started_by_id:
            of_them = col(NetworkQuery.started_by_id) == self.started_by_id
            yield _driver(and_(of_them, text(BY_STAFF)))
        if self.facility_id:
            facility = col(NetworkQuery.facility_id)
            is_unknown = self.facility_id == NO_FACILITY
            yield _driver(facility.is_(None) if is_unknown else facility == self.facility_id)

    def _status_drivers(self) -> Iterator[Driver]:
        status = col(NetworkQuery.status)
        if self.statuses:
            yield _driver(*(status == one for one in dict.fromkeys(self.statuses)))
        if self.outcome:
            yield _driver(status == _STATUS_OF.get(self.outcome, self.outcome))

    def _kind_drivers(self, session: Session) -> Iterator[Driver]:
        """Purpose and origin, whose pairs have one index."""
        if not self.purposes and not self.origin:
            return
        purpose, origin = col(NetworkQuery.purpose), col(NetworkQuery.origin)
        purposes = dict.fromkeys(self.purposes or distinct_values(session, purpose))
        yield _driver(
            *(
                (purpose == one) & (origin == other)
                for one in purposes
                for other in self._origins(session, purpose == one)
            )
        )

    def _origins(self, session: Session, of_purpose: ColumnElement[bool]) -> list[str]:
        if self.origin:
            return [self.origin]
        return distinct_values(session, col(NetworkQuery.origin), of_purpose)

    def _source_drivers(self, session: Session) -> Iterator[Driver]:
        if self.error:
            yield error_driver(session, self.error, self.error_in, self.error_status)
        if self.source and self.source_result:
            yield result_driver(session, self.source, self.source_result)
        if self.source_status or (self.source and not self.source_result):
            yield source_driver(session, self.source, self.source_status)

    def _others(self) -> Iterator[ColumnElement[bool]]:
        if self.source and self.source_result:
            yield result_of(self.source) == self.source_result
        if self.outcome == HIDDEN_FAILURE:
            yield all_completed()
        elif self.outcome == PARTIAL:
            yield ~all_completed()
        elif self.outcome == NO_RECORDS:
            yield found_none()
        elif self.outcome == COMPLETED:
            yield ~found_none()
        if self.without_tests:
            yield ~exists().where(col(PersonOfTest.patient_id) == col(NetworkQuery.patient_id))


def _driver(*alternatives: ColumnElement[bool]) -> Driver:
    return driver(col(NetworkQuery.submitted_at), col(NetworkQuery.id), *alternatives)


def _is_word(name: str, value: Any) -> bool:
    """Whether the value of a filter is an id or a word, as far as can be seen."""
    if name == "started_by_id":
        return "#" in value
    return name != "error" and _WORDS.fullmatch(value) is not None
