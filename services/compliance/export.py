"""What the rules say of queries and looks as a file: whole ids, no names of people."""

from services.compliance.audit_filters import AuditFilters
from services.exports.cells import Cell
from services.staff.exports import Export, SelectedRows
from services.staff.permissions import Permission
from services.store.tables import Assessment

COLUMNS = (
    "subject",
    "kind",
    "purpose",
    "at_utc",
    "patient_id",
    "actor_id",
    "actor",
    "severity",
    "findings",
    "links_present",
    "links_applicable",
    "links_missing",
    "rules_version",
    "assessed_at_utc",
)
"""The columns of a file. `severity` is that of the worst finding: 3 serious, 0 none."""

_PLAIN = {
    "at_utc": "at",
    "assessed_at_utc": "assessed_at",
    "links_present": "present",
    "links_applicable": "applicable",
}
_LISTS = {"findings": "findings", "links_missing": "missing"}


def ias_audit_export(filters: AuditFilters) -> Export:
    """Every query and look that matches, in the order of the pages.

    Raises `InvalidInput` where `filters.patient_id` is no id.
    """
    filters = filters.checked()
    return Export(
        table="ias_audit",
        permission=Permission.IAS_AUDIT,
        columns=COLUMNS,
        rows=SelectedRows(
            lambda _: filters.select(),
            filters.order,
            lambda _, rows: ([_cell(row, name) for name in COLUMNS] for row in rows),
        ),
        filters=filters.summary(),
        patient_id=filters.patient_id,
    )


def _cell(row: Assessment, name: str) -> Cell:
    if name in _LISTS:
        return ", ".join(getattr(row, _LISTS[name]))
    value: Cell = getattr(row, _PLAIN.get(name, name))
    return value
