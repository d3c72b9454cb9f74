"""Filters over the access log, as they stand in a URL."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from services.errors import InvalidInput
from services.ids import is_uuid
from services.pasted_ids import id_filter
from services.staff.reasons import check_ticket
from services.store.tables import AuditEvent, AuditSubject

_CLOCKS_DIFFER_BY = timedelta(hours=1)
"""The log's order is that of its commits: the times in it go up, but for the clocks of several
machines and the length of a transaction. This is far more than either."""


@dataclass(frozen=True)
class AccessFilters:
    """Which events to show; an empty field does not filter.

    `actor_id` is a stable id of the staff. `patient_id` finds what is about that person, and every
    search that showed them. `since` (inclusive) and `until` (exclusive) are UTC.
    """

    actor_id: str | None = None
    patient_id: str | None = None
    action: str | None = None
    outcome: str | None = None
    ticket: str | None = None
    session_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def checked(self) -> "AccessFilters":
        """These filters with a bare id of a patient.

        They will stand in the log themselves: raises `InvalidInput` for what is no id of a patient
        or of a session, or no number of a ticket.
        """
        if self.ticket and (complaint := check_ticket(self.ticket)):
            raise InvalidInput(complaint)
        if self.session_id and not is_uuid(self.session_id):
            raise InvalidInput("This is no id of a staff session: those are UUIDs.")
        return replace(self, patient_id=id_filter(self.patient_id))

    def summary(self) -> dict[str, Any]:
        """The filters in use, for the access log: ids and words only."""
        return {name: str(value) for name, value in vars(self).items() if value}

    @property
    def order(self) -> Any:
        """The column by which the events are in order: the log's own number.

        It is taken from the table whose index finds the events.
        """
        return col(AuditSubject.seq) if self.patient_id else col(AuditEvent.seq)

    def select(self, session: Session) -> Any:
        """The SELECT of the events that match, in no order yet."""
        wanted: Any = select(AuditEvent)
        if self.patient_id:
            wanted = wanted.join(AuditSubject, col(AuditSubject.seq) == col(AuditEvent.seq))
            wanted = wanted.where(col(AuditSubject.patient_id) == self.patient_id)
        for name in ("actor_id", "action", "outcome", "ticket", "session_id"):
            if value := getattr(self, name):
                wanted = wanted.where(col(getattr(AuditEvent, name)) == value)
        return wanted.where(*self._times(session))

    def _times(self, session: Session) -> list[Any]:
        """The bounds of the time, with bounds of the number that save walking the whole log."""
        conditions: list[Any] = []
        # Hidden from the index of times, by which a database would read the whole period and sort
        # it; the order of the numbers gives a page at once.
        at = func.coalesce(col(AuditEvent.at), col(AuditEvent.at))
        if self.since:
            conditions.append(at >= self.since)
            if before := _last_before(session, self.since - _CLOCKS_DIFFER_BY):
                conditions.append(self.order > before)
        if self.until:
            conditions.append(at < self.until)
            if after := _first_after(session, self.until + _CLOCKS_DIFFER_BY):
                conditions.append(self.order < after)
        return conditions


def _last_before(session: Session, at: datetime) -> int | None:
    newest = select(AuditEvent.seq).where(col(AuditEvent.at) < at)
    return session.exec(newest.order_by(col(AuditEvent.at).desc()).limit(1)).first()


def _first_after(session: Session, at: datetime) -> int | None:
    oldest = select(AuditEvent.seq).where(col(AuditEvent.at) > at)
    return session.exec(oldest.order_by(col(AuditEvent.at)).limit(1)).first()
