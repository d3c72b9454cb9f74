"""The log of queries as a file: whole ids, no names, one row for each query."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col

from services.exports.cells import Cell
from services.queries.filters import QueryFilters
from services.queries.query_log import QueryRow, with_sources
from services.queries.rows import QuerySource
from services.staff.exports import Export, SelectedRows
from services.staff.permissions import Permission
from services.store.tables import NetworkQuery

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
    "started_by_id",
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


def queries_export(filters: QueryFilters) -> Export:
    """Every query that matches, newest first; `sources` is one text, source by source.

    Raises `InvalidInput` where `filters.patient_id` is no id.
    """
    filters = filters.checked()
    return Export(
        table="queries",
        permission=Permission.QUERIES_VIEW,
        columns=(*map(_header, _COLUMNS), "sources"),
        rows=SelectedRows(
            lambda session: filters.listing(session).select_all(session),
            (col(NetworkQuery.submitted_at).desc(), col(NetworkQuery.id).desc()),
            _cells,
        ),
        filters=filters.summary(),
        patient_id=filters.patient_id,
    )


def _header(name: str) -> str:
    return f"{name}_utc" if name.endswith("_at") else name


def _cells(session: Session, queries: Sequence[NetworkQuery]) -> Iterator[list[Cell]]:
    return map(_row_cells, with_sources(session, queries))


def _row_cells(row: QueryRow) -> list[Cell]:
    values: list[Cell] = [getattr(row.query, name) for name in _COLUMNS]
    return [*values, "; ".join(map(_describe, row.sources))]


def _describe(source: QuerySource) -> str:
    provider = f" ({source.specific_source})" if source.specific_source else ""
    reason = f", {source.error_message}" if source.error_message else ""
    return f"{source.type}{provider}: {source.status}{reason}"
