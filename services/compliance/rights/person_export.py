"""A person's own data as a document: everything in the log about them, and who looked at it.

Not in it: names of other people, secrets, and what was set down for a dispute (legal holds).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, func, select

from services.compliance.rights.person_rows import PERSON_TABLES
from services.errors import InvalidInput
from services.staff.access_log.filters import AccessFilters
from services.staff.exports import MOST_ROWS
from services.store.tables import AuditEvent, AuditSubject

FORM = "Access Desk, a person's own data, form 1"

LEFT_OUT = (
    "Names, birth dates, addresses and contacts, and medical records: they are not kept here. "
    "Metriport has them.",
    "The texts of messages from Metriport, credentials and their hashes, and addresses of links.",
    "Notes that reviewers wrote for themselves, and legal holds.",
    "Other people whom a search showed at the same time.",
)
"""What the file does not have, and why, as it says itself."""

_OF_DISPUTES = ("retention.hold", "retention.lift", "incident.export")

Describe = Callable[[AuditEvent], str]
"""Answers what was done as a sentence."""


def read_person(
    session: Session, patient_id: str, describe: Describe
) -> tuple[dict[str, Any], int]:
    """The sections of the document, and how many rows they have.

    Raises `InvalidInput` for more rows than one file may have.
    """
    rows = {part.title: list(part.read(session, patient_id)) for part in PERSON_TABLES}
    events = list(_events(session, patient_id, describe))
    number = sum(map(len, rows.values())) + len(events)
    if number > MOST_ROWS:
        raise _TooMany(
            f"The log has more than {MOST_ROWS:,} rows about this person, and a file holds no more."
        )
    return {"log": rows, "who_saw_or_did_what": events}, number


class _TooMany(InvalidInput):
    next_step = "Make a file of the access log for each month, filtered by the person."


def _events(session: Session, patient_id: str, describe: Describe) -> Iterator[Mapping[str, Any]]:
    counted = select(func.count()).where(col(AuditSubject.patient_id) == patient_id)
    if session.exec(counted).one() > MOST_ROWS:
        raise _TooMany(f"More than {MOST_ROWS:,} events are about this person.")
    filters = AccessFilters(patient_id=patient_id)
    wanted = filters.select(session).where(col(AuditEvent.action).not_in(_OF_DISPUTES))
    for event in session.exec(wanted.order_by(filters.order)):
        yield {
            "number": event.seq,
            "at": event.at,
            "who": event.actor,
            "role": event.role,
            "what": describe(event),
            "outcome": event.outcome,
            "reason": event.reason,
            "ticket": event.ticket,
        }
