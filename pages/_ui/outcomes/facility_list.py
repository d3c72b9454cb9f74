"""Outcomes by facility, as a list."""

from collections.abc import Mapping
from typing import Any

from pages._ui.charts.draw import empty_picture
from pages._ui.charts.head import chart_head
from pages._ui.charts.mark_links import Behind
from pages._ui.frame.go import page_address
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.names import purpose_name, short
from pages._ui.words.outside import cell_text
from services.outcomes.outcomes import SourceFacts
from services.outcomes.tables import FACILITY_COLUMNS, by_facility

_MOST_ROWS = 12
_COLUMNS = [
    Column("Facility"),
    Column("Purpose"),
    Column("Completed", Kind.SHARE, help="Of all its queries, whatever their records."),
    Column("Partial", Kind.NUMBER),
    Column("Hidden", Kind.NUMBER, help="Hidden failures."),
    Column("Failed", Kind.NUMBER),
    Column("Rejected", Kind.NUMBER),
    Column("Unanswered", Kind.NUMBER, help="Unconfirmed, or not started."),
    Column("Queries", Kind.NUMBER),
]


def facility_list(facts: SourceFacts, names: Mapping[str, str], *, opens: bool) -> None:
    """Draw the queries of each facility by their status; a row opens its queries."""
    title = "By facility"
    chart_head(title, "facility")
    lines = by_facility(facts.facilities).to_dict("records")
    if not lines:
        empty_picture("No query in this period", "Choose a longer one above.")
        return
    rows = [_row(line, names, Behind(facts.view) if opens else None) for line in lines]
    show_list(
        _COLUMNS,
        rows,
        key="outcomes_facilities",
        caption=title,
        empty="There is nothing to count.",
        most=_MOST_ROWS,
    )


def _row(line: Mapping[Any, Any], names: Mapping[str, str], behind: Behind | None) -> Row:
    # Pandas has no other word for "none" than one that is true.
    facility = line["facility"] if isinstance(line["facility"], str) else None
    link = behind.facility(facility, line["purpose"]) if behind else {}
    address = page_address("queries.py", link) if link else ""
    key = cell_text(f"{facility} {line['purpose']}")
    return Row(key, _cells(facility, line, names), address=address)


def _cells(facility: str | None, line: Mapping[Any, Any], names: Mapping[str, str]) -> list[Cell]:
    queries = int(line["queries"])
    return [
        names.get(facility) or short(facility) if facility else "No facility",
        purpose_name(line["purpose"]),
        line["completed"] / queries if queries else None,
        *(int(line[name]) for name in FACILITY_COLUMNS),
        queries,
    ]
