"""A period report as a PDF."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.compliance.reports.report import Column, Kind, PeriodReport, Section, Table
from services.exports.cells import Cell
from services.exports.pdf.document import make_pdf

_TEMPLATE = Path(__file__).parent / "report.typ"
_LONGEST_CELL = 300


def report_pdf(report: PeriodReport) -> bytes:
    """The report on paper: every section with its charts and tables."""
    contents = {
        "title": "Compliance report",
        "subtitle": f"{report.period} (days of UTC)",
        "is_sandbox": report.is_sandbox,
        "foot": f"Compliance report {report.period} · made {_moment(report.made_at)}",
        "facts": [
            ("Made", f"{_moment(report.made_at)} by {report.made_by}"),
            ("Program", f"Access Desk, version {report.version}"),
        ],
        "sections": [_section(section) for section in report.sections],
    }
    return make_pdf(_TEMPLATE, contents, report.made_at)


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "text": section.text,
        "charts": [chart.data() for chart in section.charts],
        "tables": [_table(table, section.title) for table in section.tables],
    }


def _table(table: Table, section: str) -> dict[str, Any]:
    return {
        "title": table.title if table.title != section else "",
        "headings": [column.name for column in table.columns],
        "widths": [column.width for column in table.columns],
        "right": [column.kind in (Kind.NUMBER, Kind.SHARE) for column in table.columns],
        "rows": [
            [_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)]
            for row in table.rows
        ],
        "note": table.note,
        "empty": table.empty,
    }


def _cell(column: Column, cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case datetime():
            return _moment(cell)
        case bool():
            return "yes" if cell else "no"
        case int() | float() if column.kind is Kind.SHARE:
            return f"{100 * cell:.1f} %"
        case int() | float():
            return f"{cell:,}"
    return cell if len(cell) <= _LONGEST_CELL else f"{cell[:_LONGEST_CELL]}…"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
