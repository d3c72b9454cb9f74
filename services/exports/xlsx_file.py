"""Excel files whose texts are texts: no formula, no link, no markup of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.exports.cells import Cell, plain_cell

MOST_CHARACTERS = 32_767
"""Of one cell; Excel counts two for what is outside of Unicode's first plane."""

_CUT = " … (cut here: a cell of Excel holds no more; the CSV file has all of it)"
_LARGEST_EXACT = 10**15
"""Excel's numbers have 15 digits; larger ones would be rounded, so they are written as text."""

_OPTIONS = {
    # Each row is written to a temporary file as soon as the next one begins.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class Sheet:
    """A sheet of its own: its name, the names of its columns, and its rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_xlsx(
    file: BinaryIO,
    about: Mapping[str, str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    before: Sequence[Sheet] = (),
) -> None:
    """Write the rows on a sheet, row by row, and what the file is about on the last one.

    The sheets of `before` come first. The memory that this takes does not grow with the rows.
    """
    with _new_book(file) as book:
        for sheet in (*before, Sheet("Rows", columns, rows)):
            _write_sheet(book, sheet)
        _write_about(book.add_worksheet("About"), about)


def write_book(file: BinaryIO, sheets: Iterable[Sheet]) -> None:
    """Write a file of these sheets alone, row by row; a name has at most 31 characters."""
    with _new_book(file) as book:
        for sheet in sheets:
            _write_sheet(book, sheet)


@contextmanager
def _new_book(file: BinaryIO) -> Iterator[Workbook]:
    # In a folder of its own, which only this user may read, and which is gone whatever happens.
    with TemporaryDirectory() as folder, Workbook(file, _OPTIONS | {"tmpdir": folder}) as book:
        yield book


def _write_sheet(book: Workbook, sheet: Sheet) -> None:
    bold = book.add_format({"bold": True})
    written = book.add_worksheet(sheet.name)
    written.freeze_panes(1, 0)
    written.set_column(0, max(len(sheet.columns) - 1, 0), 24)
    for number, name in enumerate(sheet.columns):
        written.write_string(0, number, name, bold)
    for row_number, row in enumerate(sheet.rows, start=1):
        for number, cell in enumerate(row):
            _write(written, row_number, number, cell)


def _write_about(sheet: Worksheet, about: Mapping[str, str]) -> None:
    sheet.set_column(0, 1, 40)
    for number, (name, value) in enumerate(about.items()):
        _write(sheet, number, 0, name)
        _write(sheet, number, 1, value)


def _write(sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
    plain = plain_cell(cell)
    if isinstance(plain, str):
        sheet.write_string(row, column, _as_cell_text(plain))
    elif plain is not None and abs(plain) < _LARGEST_EXACT:
        sheet.write_number(row, column, plain)
    elif plain is not None:
        # Also "inf" and "nan", for which Excel has no number.
        sheet.write_string(row, column, str(plain))


def _as_cell_text(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
        most = MOST_CHARACTERS - len(_CUT)
        text = text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore") + _CUT
    # The library takes such a text for markup that it need not escape: it would be another cell's
    # content, or break the file.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
