"""The numbers of a chart as a list, for those who do not see or point at its marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st

from pages._ui.frame.go import page_address
from pages._ui.frame.part import part
from pages._ui.list.cells import Cell, Column, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.outside import cell_text
from pages._ui.words.states import StateWords

_MOST_ROWS = 12
_LONGEST_DESCRIPTION = 1500


@dataclass(frozen=True)
class NumbersRow:
    """What one mark of a chart says, and the address of what is behind it, if there is one.

    The last cell is a number.
    """

    cells: Sequence[Cell]
    link: dict[str, str] = field(default_factory=dict)


@part
def chart_numbers(
    columns: Sequence[Column],
    rows: Sequence[NumbersRow],
    *,
    key: str,
    title: str,
    opens: bool,
    file: str = "queries.py",
) -> None:
    """Draw the numbers, folded up; where the viewer may open them, each row leads to its own.

    What a row counts is shown by the page in `file`.
    """
    icon = ":material/table_rows:"
    fold = st.expander("The numbers", icon=icon, key=f"{key}_fold", on_change="rerun")
    # Most stay folded up, and hundreds of rows take their time.
    if not fold.open:
        return
    with fold:
        show_list(
            columns,
            [_row(row, file if opens else "") for row in rows],
            key=f"{key}_numbers",
            caption=title,
            empty="There is nothing to count.",
            most=_MOST_ROWS,
        )


def described(title: str, columns: Sequence[Column], rows: Sequence[NumbersRow]) -> str:
    """The title and the numbers of a chart as sentences, for a screen reader; cut where long."""
    lines = "; ".join(_sentence(columns, row) for row in rows)
    text = f"{title}. {lines}." if rows else f"{title}."
    if len(text) <= _LONGEST_DESCRIPTION:
        return text
    return text[:_LONGEST_DESCRIPTION].rpartition(";")[0] + "; all of them stand under The numbers."


def _sentence(columns: Sequence[Column], row: NumbersRow) -> str:
    return ", ".join(
        _spoken(column, cell) for column, cell in zip(columns, row.cells, strict=True) if cell != ""
    )


def _spoken(column: Column, cell: Cell) -> str:
    if column.kind is Kind.SHARE and isinstance(cell, float):
        return f"{cell:.1%}"
    if isinstance(cell, int):
        return f"{cell:,} {column.name.lower()}"
    return _name(cell)


def _name(cell: Cell) -> str:
    return cell.label if isinstance(cell, StateWords) else str(cell)


def _row(row: NumbersRow, file: str) -> Row:
    # Named by what it counts: the same row, whatever comes before it meanwhile.
    name = urlencode(row.link) or cell_text("|".join(map(_name, row.cells[:-1])))
    address = page_address(file, row.link) if file and row.link else ""
    return Row(name, row.cells, address=address)
