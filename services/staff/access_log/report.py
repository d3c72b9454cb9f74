"""A person's own access report: who of the company saw this person's record, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col

from services.clock import Clock
from services.errors import InvalidInput
from services.ids import checked_id
from services.metriport.client import MetriportClient
from services.staff.access_log.filters import AccessFilters
from services.staff.audit import PROGRAM, Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import OTHER_REASON, Grounds
from services.store import Store
from services.store.tables import AuditEvent

REPORT_REASONS = (
    "The person asked for it",
    "A representative of the person asked for it",
    "Complaint or investigation",
    OTHER_REASON,
)
"""Why an access report is made."""

MOST_EVENTS = 5000
"""The most events of one report: some hundred pages."""


@dataclass(frozen=True)
class AccessReport:
    """What the report says. Times are UTC; `since` is None where nothing bounds it.

    `name` and `born` are as upstream has them at this moment; they are not kept. `events` come
    oldest first. The report itself is not among them.
    """

    patient_id: str
    name: str
    born: str
    events: Sequence[AuditEvent]
    since: datetime | None
    until: datetime
    made_at: datetime
    made_by: str


class AccessReports:
    """Makes access reports; changes nothing but the access log."""

    def __init__(self, store: Store, client: MetriportClient, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._clock = clock

    def make(
        self,
        actor: Actor,
        patient_id: str,
        grounds: Grounds,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AccessReport:
        """The report of a period (UTC, `until` exclusive), noted before it is handed out.

        What the program did by itself is left out: nobody of the company saw it. Raises
        `NotPermitted`, `InvalidInput` for grounds that are none or for too many events, and an
        `UpstreamError` where the person's name cannot be read.
        """
        self._audit.require(actor, Permission.ACCESS_LOG, patient_id)
        if complaints := grounds.complaints(REPORT_REASONS):
            raise InvalidInput("Some fields need another look.", complaints)
        person, now = self._client.get_patient(checked_id(patient_id)), self._clock()
        events = self._events(AccessFilters(patient_id=patient_id, since=since, until=until))
        self._note(actor, patient_id, grounds, since, until, len(events))
        made_by = f"{actor.name} ({actor.role.value})"
        return AccessReport(
            patient_id, person.full_name, person.dob, events, since, until or now, now, made_by
        )

    def _events(self, filters: AccessFilters) -> Sequence[AuditEvent]:
        with self._store.read() as session:
            wanted = filters.select(session).where(col(AuditEvent.actor_id) != PROGRAM.id)
            oldest_first = wanted.order_by(filters.order).limit(MOST_EVENTS + 1)
            events: Sequence[AuditEvent] = session.exec(oldest_first).all()
        if len(events) > MOST_EVENTS:
            raise InvalidInput(
                f"More than {MOST_EVENTS:,} events are about this person: choose a shorter period, "
                "and make a report of each."
            )
        return events

    def _note(
        self,
        actor: Actor,
        patient_id: str,
        grounds: Grounds,
        since: datetime | None,
        until: datetime | None,
        number: int,
    ) -> None:
        details: dict[str, Any] = {"rows": number}
        details |= {"since": str(since)} if since else {}
        details |= {"until": str(until)} if until else {}
        self._audit.note(
            actor, "access_report.make", patient_id=patient_id, grounds=grounds, details=details
        )
