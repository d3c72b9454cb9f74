"""The access log as a file: CSV, XLSX, and AuditEvents of FHIR, of the same rows."""

import json
from collections.abc import Callable, Iterator, Sequence

from sqlmodel import Session, func, select

from services.exports.cells import Cell
from services.exports.formats import CSV, XLSX, Format
from services.staff.access_log.fhir import write_ndjson
from services.staff.access_log.filters import AccessFilters
from services.staff.exports import Export
from services.staff.permissions import Permission
from services.store.tables import AuditEvent

FHIR = Format("FHIR AuditEvent", "ndjson", "application/fhir+ndjson", write_ndjson)
FORMATS = (CSV, XLSX, FHIR)
"""What the access log can be had as."""

COLUMNS = (
    "seq",
    "at_utc",
    "actor_id",
    "actor",
    "role",
    "action",
    "what",
    "outcome",
    "patient_id",
    "object_kind",
    "object_id",
    "reason",
    "ticket",
    "session_id",
    "address",
    "details",
    "imported",
    "previous_hash",
    "hash",
)
"""The columns of a file; `what` is a sentence for people, `details` a JSON text."""


class LoggedRows:
    """The events that match some filters, newest first, read in batches."""

    def __init__(self, filters: AccessFilters, describe: Callable[[AuditEvent], str]) -> None:
        self._filters = filters
        self._describe = describe

    def count(self, session: Session, most: int) -> int:
        """How many events there are, at most `most`."""
        few = self._filters.select(session).with_only_columns(self._filters.order).limit(most)
        counted: int = session.exec(select(func.count()).select_from(few.subquery())).one()
        return counted

    def read(self, session: Session) -> Iterator[Sequence[Cell]]:
        """The cells of each event; no more than a batch is in memory."""
        ordered = self._filters.select(session).order_by(self._filters.order.desc())
        for event in session.exec(ordered.execution_options(yield_per=500)):
            yield [self._cell(event, name) for name in COLUMNS]

    def _cell(self, event: AuditEvent, name: str) -> Cell:
        match name:
            case "at_utc":
                return event.at
            case "what":
                return self._describe(event)
            case "details":
                return None if event.details is None else json.dumps(event.details)
        value: Cell = getattr(event, name)
        return value


def access_log_export(
    filters: AccessFilters, describe: Callable[[AuditEvent], str] = lambda event: event.action
) -> Export:
    """Every event that matches; `describe` answers what was done as a sentence.

    Raises `InvalidInput` for a filter that is no id.
    """
    filters = filters.checked()
    return Export(
        table="access_log",
        permission=Permission.ACCESS_LOG,
        columns=COLUMNS,
        rows=LoggedRows(filters, describe),
        filters=filters.summary(),
        patient_id=filters.patient_id,
    )
