"""The results of a bulk run as a file, one row for each person, in the order of the list."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, col

from services.bulk.runs import select_results
from services.exports.cells import Cell
from services.staff.exports import Export, SelectedRows
from services.staff.permissions import Permission
from services.store.tables import BulkItem

_COLUMNS = ("patient_id", "query_id", "request_id", "status", "submitted_at_utc", "error")


def results_export(run_id: str) -> Export:
    """Everybody of a run, and how their query stands."""
    return Export(
        table="bulk",
        permission=Permission.QUERIES_VIEW,
        columns=_COLUMNS,
        rows=SelectedRows(lambda _: select_results(run_id), (col(BulkItem.id),), _cells),
        filters={"run": run_id},
        of=("bulk", run_id),
    )


def _cells(_session: Session, results: Sequence[Any]) -> Iterator[list[Cell]]:
    for item, query in results:
        yield [
            item.patient_id,
            query.id if query else None,
            query.request_id if query else None,
            query.status if query else item.status,
            query.submitted_at if query else None,
            item.error or (query.error_detail if query else None),
        ]
