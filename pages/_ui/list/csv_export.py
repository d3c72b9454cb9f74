"""Tables as CSV files that a spreadsheet shows and does not calculate."""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, full-width forms included."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV file of the rows under the names of the columns.

    Numbers stay numbers. A text that a spreadsheet would calculate begins with an apostrophe, by
    which a spreadsheet knows text. None is an empty cell.
    """
    file = io.StringIO()
    # All texts are quoted: a separator inside one must not begin a cell of its own.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_calm(cell) for cell in row])
    return file.getvalue()


def _calm(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return "" if cell is None else cell
    # A NUL ends the file for some readers, and half a surrogate pair is no UTF-8.
    text = cell.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    # Spreadsheets skip blanks and marks without a width before they look for a formula.
    bare = text.lstrip(" \u00a0\u200b\u2060\ufeff")
    return f"'{text}" if text.startswith(_FORMULA) or bare.startswith(_FORMULA) else text
