"""What a report is made of: sections with charts and tables, for paper and for spreadsheets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.exports.cells import Cell
from services.exports.pdf.charts import Chart


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    """Between 0 and 1; on paper as per cent."""
    TIME = "time"


@dataclass(frozen=True)
class Column:
    """A column: its heading, what its cells are, and how wide it is beside the others."""

    name: str
    kind: Kind = Kind.TEXT
    width: float = 1


@dataclass(frozen=True)
class Table:
    """Rows under columns. `sheet` is its name in a spreadsheet, `empty` what stands for no row."""

    title: str
    sheet: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: str = "None."


@dataclass(frozen=True)
class Section:
    """A part of a report under one heading."""

    title: str
    text: str = ""
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class PeriodReport:
    """A report as it is made at `made_at` (UTC)."""

    period: str
    made_at: datetime
    made_by: str
    version: str
    is_sandbox: bool
    settings: Mapping[str, str]
    sections: Sequence[Section] = field(default_factory=tuple)
