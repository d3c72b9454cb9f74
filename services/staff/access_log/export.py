"""The access log as a file: CSV, XLSX, and AuditEvents of FHIR, of the same rows."""

import json
from collections.abc import Callable, Iterator, Sequence

from sqlmodel import Session

from services.exports.cells import Cell
from services.exports.formats import CSV, XLSX, Format
from services.staff.access_log.fhir import write_ndjson
from services.staff.access_log.filters import AccessFilters
from services.staff.exports import Export, SelectedRows
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


def access_log_export(
    filters: AccessFilters, describe: Callable[[AuditEvent], str] = lambda event: event.action
) -> Export:
    """Every event that matches; `describe` answers what was done as a sentence.

    Raises `InvalidInput` for a filter that is no id.
    """
    filters = filters.checked()

    def cells(_session: Session, events: Sequence[AuditEvent]) -> Iterator[list[Cell]]:
        return ([_cell(event, name, describe) for name in COLUMNS] for event in events)

    return Export(
        table="access_log",
        permission=Permission.ACCESS_LOG,
        columns=COLUMNS,
        rows=SelectedRows(filters.select, (filters.order.desc(),), cells),
        filters=filters.summary(),
        patient_id=filters.patient_id,
    )


def _cell(event: AuditEvent, name: str, describe: Callable[[AuditEvent], str]) -> Cell:
    match name:
        case "at_utc":
            return event.at
        case "what":
            return describe(event)
        case "details":
            return None if event.details is None else json.dumps(event.details)
    value: Cell = getattr(event, name)
    return value
