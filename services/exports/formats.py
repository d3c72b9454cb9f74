"""The formats of exported files, and what every file is told about itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from services.exports.cells import Cell
from services.exports.csv_file import write_csv
from services.exports.xlsx_file import write_xlsx

Rows = Iterable[Sequence[Cell]]
Write = Callable[[BinaryIO, Mapping[str, str], Sequence[str], Rows], None]
"""Writes a file: what it says about itself, the names of the columns, and the rows, one by one."""


@dataclass(frozen=True)
class Format:
    """A kind of file. `name` is shown and noted, `ending` ends the file's name."""

    name: str
    ending: str
    mime: str
    write: Write


CSV = Format("CSV", "csv", "text/csv", write_csv)
XLSX = Format(
    "XLSX",
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    write_xlsx,
)
FORMATS = (CSV, XLSX)


def describe_file(
    table: str, filters: Mapping[str, Any], rows: int, made_at: datetime, made_by: str
) -> dict[str, str]:
    """What a file says about itself, line by line; `made_by` is the shown name."""
    chosen = "; ".join(f"{name}: {value}" for name, value in filters.items())
    return {
        "Table": table,
        "Filter": chosen or "none",
        "Rows": str(rows),
        "Made at (UTC)": f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
        "Made by": made_by,
        "Times": "UTC, in columns that end in _utc",
    }


def file_name(table: str, form: Format, made_at: datetime) -> str:
    """A name without anything personal: the table and the minute, in UTC."""
    return f"access-desk-{table.replace('_', '-')}-{made_at:%Y-%m-%dT%H%MZ}.{form.ending}"
