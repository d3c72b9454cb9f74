"""Filters over the log of network queries, as they stand in a URL."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from services.pasted_ids import id_filter
from services.staff.looks import filters_in_use
from services.store.tables import NetworkQuery, QuerySource

MIXED = "mixed"
"""The result of a source whose providers do not all have the same status."""

OF_QUERY = "query"
"""Stands, in place of a source type, for an error of the query itself."""


_CHOSEN = ("since", "until", "error_status")
"""Filters that are no text."""

_WORDS = re.compile(r"[\w.:/-]{1,60}(, [\w.:/-]{1,60})*")
"""Ids, and words of upstream, one or several."""


@dataclass(frozen=True)
class QueryFilters:
    """Which queries to show; an empty field does not filter.

    `since` (inclusive) and `until` (exclusive) bound the time of submission, in UTC.
    `started_by_id` is the stable id of a member of the staff, since two may have one name. `source`
    and `source_status` have to be true of one and the same source. `source_result` is the status of
    all latest attempts of `source`, or `MIXED`. `error` is the whole text of a source's error
    message or of the query's error title; with `error_in`, a source type or `OF_QUERY`, it has to
    stand there, with `error_status` as its HTTP status or, for None, without any.
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
    since: datetime | None = None
    until: datetime | None = None

    def applied(self, wanted: SelectOfScalar[NetworkQuery]) -> SelectOfScalar[NetworkQuery]:
        """`wanted` with the conditions of these filters."""
        return wanted.where(*self._conditions())

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

    def _conditions(self) -> list[ColumnElement[bool]]:
        query = NetworkQuery
        conditions = [
            col(getattr(query, name)) == getattr(self, name)
            for name in ("facility_id", "started_by_id", "origin", "patient_id")
            if getattr(self, name)
        ]
        if self.statuses:
            conditions.append(col(query.status).in_(self.statuses))
        if self.purposes:
            conditions.append(col(query.purpose).in_(self.purposes))
        if self.since:
            conditions.append(col(query.submitted_at) >= self.since)
        if self.until:
            conditions.append(col(query.submitted_at) < self.until)
        return conditions + self._source_conditions()

    def _source_conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.source or self.source_status:
            conditions.append(_has_source(self._conditions_on_one_source()))
        if self.source and self.source_result:
            conditions.append(_result_of(self.source) == self.source_result)
        if self.error:
            conditions.append(self._error_condition(self.error))
        return conditions

    def _error_condition(self, error: str) -> ColumnElement[bool]:
        of_query = col(NetworkQuery.error_title) == error
        of_source = col(QuerySource.error_message) == error
        if not self.error_in:
            return or_(_has_source([of_source]), of_query)
        if self.error_in == OF_QUERY:
            status = col(NetworkQuery.error_status)
            return and_(of_query, status.is_not_distinct_from(self.error_status))
        same_type = col(QuerySource.type) == self.error_in
        status = col(QuerySource.error_status)
        return _has_source([of_source, same_type, status.is_not_distinct_from(self.error_status)])

    def _conditions_on_one_source(self) -> list[ColumnElement[bool]]:
        conditions = []
        if self.source:
            conditions.append(col(QuerySource.type) == self.source)
        if self.source_status:
            conditions.append(col(QuerySource.status) == self.source_status)
        return conditions


def _is_word(name: str, value: str) -> bool:
    """Whether the value of a filter is an id or a word, as far as can be seen."""
    if name == "started_by_id":
        return "#" in value
    return name != "error" and _WORDS.fullmatch(value) is not None


def _has_source(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    return exists().where(col(QuerySource.query_id) == col(NetworkQuery.id), *conditions)


def is_latest(attempt: Any) -> ColumnElement[bool]:
    """Whether no newer attempt of its provider, or of its whole type, replaces an attempt.

    `attempt` is `QuerySource` or an alias of it. This is `sources.latest_attempts` in SQL.
    """
    newer = aliased(QuerySource)
    return ~exists().where(
        col(newer.query_id) == attempt.query_id,
        col(newer.type) == attempt.type,
        col(newer.attempt) > attempt.attempt,
        or_(
            col(newer.specific_source).is_(None),
            col(newer.specific_source) == attempt.specific_source,
        ),
    )


def _result_of(source_type: str) -> ColumnElement[str]:
    """The status that all latest attempts of a type have in a query, or `MIXED`."""
    attempt = aliased(QuerySource)
    statuses = func.count(distinct(col(attempt.status)))
    result = case((statuses == 1, func.min(attempt.status)), (statuses > 1, MIXED))
    return (
        select(result)
        .where(
            col(attempt.query_id) == col(NetworkQuery.id),
            col(attempt.type) == source_type,
            is_latest(attempt),
        )
        .scalar_subquery()
    )
