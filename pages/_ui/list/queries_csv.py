"""The file of a selection of queries: whole ids, times in UTC, one row for each query."""

from collections.abc import Sequence
from datetime import datetime

from pages._ui.list.csv_export import Cell, csv_text
from services.queries.query_log import QueryRow
from services.queries.rows import QuerySource

_COLUMNS = (
    "id",
    "request_id",
    "patient_id",
    "facility_id",
    "purpose",
    "origin",
    "status",
    "requested",
    "started_by",
    "reason",
    "ticket",
    "proofed_identity_id",
    "submitted_at",
    "started_at",
    "finished_at",
    "error_status",
    "error_title",
    "error_detail",
)


def queries_csv(rows: Sequence[QueryRow]) -> str:
    """The file. Columns are named as in the log; `sources` is one text, source by source."""
    return csv_text((*_COLUMNS, "sources"), map(_cells, rows))


def _cells(row: QueryRow) -> list[Cell]:
    values = [getattr(row.query, name) for name in _COLUMNS]
    return [*map(_cell, values), "; ".join(map(_describe, row.sources))]


def _cell(value: str | int | datetime | None) -> Cell:
    return value.isoformat() if isinstance(value, datetime) else value


def _describe(source: QuerySource) -> str:
    provider = f" ({source.specific_source})" if source.specific_source else ""
    reason = f", {source.error_message}" if source.error_message else ""
    return f"{source.type}{provider}: {source.status}{reason}"
