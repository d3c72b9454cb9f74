"""A period report as an Excel file: a sheet for each table."""

import io
from collections.abc import Iterator

from services.compliance.reports.report import Column, Kind, PeriodReport
from services.exports.cells import Cell
from services.exports.xlsx_file import Sheet, write_book


def report_xlsx(report: PeriodReport) -> bytes:
    """The report as a spreadsheet; numbers stay numbers, a share is between 0 and 1."""
    file = io.BytesIO()
    write_book(file, list(_sheets(report)))
    return file.getvalue()


def _sheets(report: PeriodReport) -> Iterator[Sheet]:
    about: list[list[Cell]] = [
        ["Report", "Compliance report of Access Desk"],
        ["Period", f"{report.period} (days of UTC)"],
        ["Made at (UTC)", report.made_at],
        ["Made by", report.made_by],
        ["Version", report.version],
        ["Data", "Sandbox: invented data" if report.is_sandbox else "The company's log"],
    ]
    yield Sheet("About", ("What", "Value"), about)
    for section in report.sections:
        for table in section.tables:
            notes: list[list[Cell]] = [[table.note]] if table.note else []
            headings = [_heading(column) for column in table.columns]
            yield Sheet(table.sheet, headings, [*table.rows, *notes])


def _heading(column: Column) -> str:
    match column.kind:
        case Kind.TIME:
            return f"{column.name} (UTC)"
        case Kind.SHARE:
            return f"{column.name} (0 to 1)"
    return column.name
