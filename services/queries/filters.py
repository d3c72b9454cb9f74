"""Filters over the log of network queries, as they stand in a URL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, or_
from sqlmodel.sql.expression import SelectOfScalar

from services.store.tables import NetworkQuery, QuerySource


@dataclass(frozen=True)
class QueryFilters:
    """Which queries to show; an empty field does not filter.

    `since` (inclusive) and `until` (exclusive) bound the time of submission, in UTC. `source` and
    `source_status` have to be true of one and the same source. `error` is the whole text of a
    source's error message or of the query's error title.
    """

    statuses: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    source: str | None = None
    source_status: str | None = None
    facility_id: str | None = None
    started_by: str | None = None
    origin: str | None = None
    patient_id: str | None = None
    error: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def applied(self, wanted: SelectOfScalar[NetworkQuery]) -> SelectOfScalar[NetworkQuery]:
        """`wanted` with the conditions of these filters."""
        return wanted.where(*self._conditions())

    def summary(self) -> dict[str, Any]:
        """The filters in use, for the access log: ids and words only."""
        return {name: str(value) for name, value in vars(self).items() if value}

    def _conditions(self) -> list[ColumnElement[bool]]:
        query = NetworkQuery
        conditions = [
            col(getattr(query, name)) == getattr(self, name)
            for name in ("facility_id", "started_by", "origin", "patient_id")
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
        conditions = []
        if self.source or self.source_status:
            conditions.append(_has_source(self._conditions_on_one_source()))
        if self.error:
            in_source = _has_source([col(QuerySource.error_message) == self.error])
            conditions.append(or_(in_source, col(NetworkQuery.error_title) == self.error))
        return conditions

    def _conditions_on_one_source(self) -> list[ColumnElement[bool]]:
        conditions = []
        if self.source:
            conditions.append(col(QuerySource.type) == self.source)
        if self.source_status:
            conditions.append(col(QuerySource.status) == self.source_status)
        return conditions


def _has_source(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    return exists().where(col(QuerySource.query_id) == col(NetworkQuery.id), *conditions)
