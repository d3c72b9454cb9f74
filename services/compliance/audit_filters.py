"""Filters over what the rules say of queries and looks, as they stand in a URL."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from services.compliance.evidence.evidence import Severity
from services.pasted_ids import id_filter
from services.staff.looks import filters_in_use
from services.store.lists.paging import Page, read_ranked_page
from services.store.tables import Assessment, Finding

LOOK = "look"
"""Stands, in place of a purpose, for a look at somebody's records, which has none."""

_WORD = re.compile(r"[\w.:-]{1,60}", re.ASCII)

WORST_FIRST = (3, 2, 1)
"""The severities, as a list has them."""


class Scope(StrEnum):
    """Which of the judged queries and looks a list has."""

    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    """Those whose evidence lacks a link, whether a rule found something or not."""
    ALL = "all"


@dataclass(frozen=True)
class AuditFilters:
    """Which judged queries and looks to show; an empty field does not filter.

    `since` and `until` are days (UTC), both included. `severities` are those of the worst finding.
    `purpose` is a purpose of use or `LOOK`. `actor_id` is the stable id of who started the query or
    looked.
    """

    since: date | None = None
    until: date | None = None
    severities: tuple[Severity, ...] = ()
    rule: str | None = None
    purpose: str | None = None
    scope: Scope = Scope.FINDINGS
    patient_id: str | None = None
    actor_id: str | None = None

    def checked(self) -> "AuditFilters":
        """These filters with a bare id of a patient; raises `InvalidInput` where it is no id."""
        return replace(self, patient_id=id_filter(self.patient_id))

    def summary(self) -> dict[str, str]:
        """The filters in use, for the access log: ids, days and words only."""
        used = filters_in_use(replace(self, severities=()))
        if self.severities:
            used["severities"] = ", ".join(one.name.lower() for one in self.severities)
        return {name: value for name, value in used.items() if _is_sayable(name, value)}

    def page(self, session: Session, cursor: str | None) -> Page[Assessment]:
        """At most fifty rows, worst first and then newest; of one rule alone newest first.

        Raises `InvalidInput` for a text that is no cursor.
        """
        source = self._source
        # Each severity has its own statement, so that an index gives its rows in their order.
        return read_ranked_page(
            session,
            (0,) if self._by_rule else self._ranks(),
            self.select_rank,
            col(source.at),
            col(source.subject),
            cursor,
        )

    def select_rank(self, severity: int) -> SelectOfScalar[Assessment]:
        """The SELECT of the subjects of one severity, or of a rule alone, in no order yet."""
        return self.select() if self._by_rule else self._select().where(self._severity == severity)

    def select(self) -> SelectOfScalar[Assessment]:
        """The SELECT of all that match, in no order yet."""
        wanted = self._select()
        if self.severities:
            return wanted.where(self._severity.in_([one.value for one in self.severities]))
        return wanted.where(self._severity > 0) if self.scope is Scope.FINDINGS else wanted

    @property
    def order(self) -> Sequence[Any]:
        """The columns by which all that match are in the order of the pages."""
        newest = (col(self._source.at).desc(), col(self._source.subject).desc())
        return newest if self._by_rule else (self._severity.desc(), *newest)

    @property
    def _by_rule(self) -> bool:
        """Whether the findings of a rule lead to their subjects.

        Somebody's own rows are far fewer than a rule's, and are read instead.
        """
        return bool(self.rule and not self.patient_id and not self.actor_id)

    @property
    def _source(self) -> Any:
        return Finding if self._by_rule else Assessment

    @property
    def _severity(self) -> Any:
        severity = col(Assessment.severity)
        # Hidden from the indexes by severity, by which a database would read everybody's rows: one
        # person has some tens, which are sorted. Where a rule leads, they are of no use either.
        is_hidden = self.patient_id or self._by_rule
        return func.coalesce(severity, severity) if is_hidden else severity

    def _select(self) -> SelectOfScalar[Assessment]:
        wanted = select(Assessment).where(*self._conditions())
        if not self.rule:
            return wanted
        of_rule = (
            col(Finding.subject) == col(Assessment.subject),
            col(Finding.rule) == self.rule,
            col(Finding.gone_at).is_(None),
        )
        if self._by_rule:
            return wanted.join(Finding, of_rule[0]).where(*of_rule[1:])
        return wanted.where(exists().where(*of_rule))

    def _ranks(self) -> tuple[int, ...]:
        if self.severities:
            return tuple(sorted((one.value for one in self.severities), reverse=True))
        return WORST_FIRST if self.scope is Scope.FINDINGS else (*WORST_FIRST, 0)

    def _conditions(self) -> list[ColumnElement[bool]]:
        conditions = self._times()
        if self.purpose:
            purpose = "" if self.purpose == LOOK else self.purpose
            conditions.append(col(Assessment.purpose) == purpose)
        for name in ("patient_id", "actor_id"):
            if value := getattr(self, name):
                conditions.append(col(getattr(Assessment, name)) == value)
        if self.scope is Scope.INCOMPLETE:
            conditions.append(col(Assessment.present) < col(Assessment.applicable))
        return conditions

    def _times(self) -> list[ColumnElement[bool]]:
        at = col(self._source.at)
        conditions: list[ColumnElement[bool]] = []
        if self.since:
            conditions.append(at >= _midnight(self.since))
        if self.until:
            conditions.append(at < _midnight(self.until + timedelta(days=1)))
        return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _is_sayable(name: str, value: str) -> bool:
    """Whether a value may enter the access log: a link brings any text with it."""
    if name == "actor_id":
        return "#" in value
    return name not in ("rule", "purpose") or _WORD.fullmatch(value) is not None
