"""A page of charts as a PDF: each chart with its definition, its picture and its first rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.exports.cells import Cell
from services.exports.pdf.document import make_pdf
from services.outcomes.chart_files.chart_table import ChartTable, spaced

_TEMPLATE = Path(__file__).parent / "page.typ"
_MOST_ROWS = 30
_LONGEST_CELL = 120
_WIDTHS = {"error": 3.0, "_utc": 1.6}
"""Columns, by the ends of their names, that need more than the others."""


def page_pdf(
    title: str,
    about: Mapping[str, str],
    tables: Sequence[ChartTable],
    made_at: datetime,
    *,
    is_sandbox: bool,
) -> bytes:
    """The page on paper. `about` says of which period it is, and what was left out."""
    contents = {
        "title": title,
        "subtitle": about["Period (UTC)"],
        "is_sandbox": is_sandbox,
        "foot": f"{title} {about['Period (UTC)']}",
        "facts": list(about.items()),
        "sections": [_section(table) for table in tables],
    }
    return make_pdf(_TEMPLATE, contents, made_at)


def _section(table: ChartTable) -> dict[str, Any]:
    return {
        "title": table.meaning.title,
        "text": table.meaning.counts,
        "lines": list(table.meaning.lines),
        "charts": [picture.data() for picture in table.pictures],
        "table": {
            "headings": [_heading(name) for name in table.columns],
            "widths": [_width(name) for name in table.columns],
            "right": [_is_number(table, place) for place in range(len(table.columns))],
            "rows": [_cells(table.columns, row) for row in _shown_rows(table)],
            "note": _note(table),
        },
    }


def _shown_rows(table: ChartTable) -> Sequence[Sequence[Cell]]:
    """All rows; of many, the first ones, or none where a picture shows them."""
    if len(table.rows) > _MOST_ROWS and table.pictures:
        return []
    return table.rows[:_MOST_ROWS]


def _note(table: ChartTable) -> str:
    number = len(table.rows)
    if number == 0:
        return "There is nothing to show."
    if number <= _MOST_ROWS:
        return ""
    if table.pictures:
        return f"The {number:,} rows behind it are in the CSV file of this chart."
    return f"The first {_MOST_ROWS} of {number:,} rows; the CSV file of this chart has all of them."


def _width(name: str) -> float:
    return next((width for end, width in _WIDTHS.items() if name.endswith(end)), 1.0)


def _heading(name: str) -> str:
    for ending, said in (("_utc", ", UTC"), ("_seconds", ", s"), ("_share", ", %")):
        if name.endswith(ending):
            return spaced(name.removesuffix(ending)).capitalize() + said
    words = spaced(name).capitalize()
    return f"{words}, %" if name.startswith("share") else words


def _is_number(table: ChartTable, place: int) -> bool:
    found = [row[place] for row in table.rows if row[place] is not None]
    return bool(found) and all(
        isinstance(cell, int | float) and not isinstance(cell, bool) for cell in found
    )


def _cells(columns: Sequence[str], row: Sequence[Cell]) -> list[str]:
    return [_text(name, cell) for name, cell in zip(columns, row, strict=True)]


def _text(name: str, cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M}"
        case int() | float() if "share" in name:
            return f"{100 * cell:.1f}"
        case float():
            return f"{cell:,.1f}"
        case int():
            return f"{cell:,}"
    text = cell if name == "error" else spaced(cell)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
