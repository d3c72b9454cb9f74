"""The log of calls to the upstream as a file, one row for each call."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col

from services.calls.call_log import CallFilters, matching_calls
from services.exports.cells import Cell
from services.staff.exports import Export, SelectedRows
from services.staff.permissions import Permission
from services.store.tables import UpstreamCall

_COLUMNS = {
    "id": "id",
    "at_utc": "at",
    "method": "method",
    "path": "path",
    "status": "status",
    "duration_ms": "duration_ms",
    "upstream_request_id": "upstream_request_id",
    "query_id": "query_id",
    "patient_id": "patient_id",
    "error_kind": "error_kind",
    "error_status": "error_status",
    "error_title": "error_title",
    "error_detail": "error_detail",
}
"""The names of the file's columns, and those of the table."""


def calls_export(filters: CallFilters) -> Export:
    """Every call that matches, newest first.

    Raises `InvalidInput` where `filters.about` is no id.
    """
    filters = filters.checked()
    return Export(
        table="calls",
        permission=Permission.WEBHOOKS_VIEW,
        columns=tuple(_COLUMNS),
        rows=SelectedRows(
            matching_calls(filters),
            (col(UpstreamCall.at).desc(), col(UpstreamCall.id).desc()),
            _cells,
        ),
        filters=filters.summary(),
    )


def _cells(_session: Session, calls: Sequence[UpstreamCall]) -> Iterator[list[Cell]]:
    return ([getattr(call, name) for name in _COLUMNS.values()] for call in calls)
