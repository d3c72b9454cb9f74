"""An incident packet: who did or saw what of whom, and when, over several people.

For a suspected breach: whom it may concern, what of theirs was seen, by whom. It is the access
log's events about people, filtered; it names patients by id only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from services.compliance.rights.incident_files import COLUMNS, incident_formats
from services.errors import InvalidInput
from services.exports.cells import Cell
from services.exports.formats import Format
from services.pasted_ids import id_filter, ids_within, refuse_secret
from services.staff.access_log.filters import AccessFilters
from services.staff.audit import Audit
from services.staff.exports import MOST_ROWS, Export, SelectedRows
from services.staff.permissions import Actor, Permission
from services.staff.proof.signing import SigningKeys
from services.staff.reasons import OTHER_REASON, Grounds
from services.store import Store
from services.store.tables import AuditEvent, AuditSubject

INCIDENT_REASONS = ("Suspected breach", "Complaint", "Inquiry of an authority", OTHER_REASON)
"""Why an incident packet is made."""

MOST_PEOPLE = 1000
"""People who are named one by one; more are found by a period or a member of the staff."""

_LONGEST_ADDRESS = 60

Describe = Callable[[AuditEvent], str]


@dataclass(frozen=True)
class IncidentFilters:
    """What the packet is about; an empty field does not filter.

    `people` are ids of patients, `address` where a browser was. `since` (inclusive) and `until`
    (exclusive) are UTC.
    """

    actor_id: str | None = None
    people: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    address: str | None = None

    def checked(self) -> "IncidentFilters":
        """The same, each in its one form; raises `InvalidInput` where they are no filters."""
        address = (self.address or "").strip()[:_LONGEST_ADDRESS] or None
        if self.since and self.until and self.since >= self.until:
            raise InvalidInput("The first day is after the last. Change one of them.")
        if not (self.actor_id or self.people or self.since or self.until):
            raise InvalidInput(
                "Name people, a member of the staff or days: an address alone is looked for in "
                "the whole access log."
                if address
                else "Name people, a member of the staff, or days."
            )
        return replace(self, people=tuple(_check_people(self.people)), address=address)

    def summary(self) -> dict[str, Any]:
        """The filters in use, for the access log and the file: ids and numbers only."""
        told = {name: str(value) for name, value in vars(self).items() if value}
        return told | ({"people": len(self.people)} if self.people else {})

    def select(self, session: Session) -> Any:
        """The SELECT of events and whom each is about, in no order yet."""
        filters = AccessFilters(actor_id=self.actor_id, since=self.since, until=self.until)
        bounds = filters.select(session).whereclause
        wanted: Any = select(AuditEvent, AuditSubject.patient_id).join(
            AuditSubject, col(AuditSubject.seq) == col(AuditEvent.seq)
        )
        if bounds is not None:
            wanted = wanted.where(bounds)
        if self.people:
            wanted = wanted.where(col(AuditSubject.patient_id).in_(self.people))
        if self.address:
            wanted = wanted.where(col(AuditEvent.address) == self.address)
        return wanted


def pasted_people(text: str) -> tuple[str, ...]:
    """The ids of people in a pasted list, one each; raises `InvalidInput` for what holds none."""
    if not text.strip():
        return ()
    refuse_secret(text)
    found = ids_within(text)
    if not found:
        raise InvalidInput("No patient id was found in what you pasted: they are UUIDs.")
    return tuple(_check_people(found))


def _check_people(people: Iterable[str]) -> list[str]:
    checked = list(dict.fromkeys(found for person in people if (found := id_filter(person))))
    if len(checked) > MOST_PEOPLE:
        raise InvalidInput(f"At most {MOST_PEOPLE:,} people can be named: make several packets.")
    return checked


class Incidents:
    """Makes exports of the access log over several people."""

    def __init__(self, store: Store, audit: Audit, keys: SigningKeys) -> None:
        self._store = store
        self._audit = audit
        self.formats: Sequence[Format] = incident_formats(keys)

    def prepare(
        self,
        actor: Actor,
        filters: IncidentFilters,
        grounds: Grounds,
        describe: Describe = lambda event: event.action,
    ) -> Export:
        """The packet, to be counted and made by `Exports`.

        `describe` tells an event as a sentence. Raises `NotPermitted`, and `InvalidInput` for
        filters or grounds that are none.
        """
        self._audit.require(actor, Permission.ACCESS_LOG)
        filters = filters.checked()
        if complaints := grounds.complaints(INCIDENT_REASONS):
            raise InvalidInput("Some fields need another look.", complaints)
        people = self._people(filters)
        rows = SelectedRows(
            filters.select,
            (col(AuditEvent.seq), col(AuditSubject.patient_id)),
            lambda _, found: _cells(found, describe),
        )
        return Export(
            table="incident",
            permission=Permission.ACCESS_LOG,
            columns=COLUMNS,
            rows=rows,
            filters=filters.summary(),
            # Too many to name: then the filters tell whom it was about.
            shown=people if len(people) <= MOST_PEOPLE else (),
            grounds=grounds,
        )

    def _people(self, filters: IncidentFilters) -> list[str]:
        """Whom the packet is about, in order, at most one more than are named."""
        with self._store.read() as session:
            about = col(AuditSubject.patient_id)
            named = filters.select(session).with_only_columns(about, maintain_column_froms=True)
            few = named.limit(MOST_ROWS + 1).subquery()
            people = select(few.c.patient_id).distinct().order_by(few.c.patient_id)
            return list(session.exec(people.limit(MOST_PEOPLE + 1)).all())


def _cells(found: Iterable[Any], describe: Describe) -> Iterator[list[Cell]]:
    for event, about in found:
        yield [
            event.seq,
            event.at,
            about,
            event.actor_id,
            event.actor,
            event.role,
            event.action,
            describe(event),
            event.outcome,
            event.object_kind,
            event.object_id,
            event.reason,
            event.ticket,
            event.address,
        ]
