"""The log of calls to the upstream as a file, one row for each call."""

from sqlmodel import col

from services.calls.call_log import CallFilters
from services.staff.exports import Export, SelectedRows, columns_of
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
            filters.listing().select_all,
            (col(UpstreamCall.at).desc(), col(UpstreamCall.id).desc()),
            columns_of(tuple(_COLUMNS.values())),
        ),
        filters=filters.summary(),
    )
