"""CSV files that a spreadsheet shows and does not calculate."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from services.exports.cells import Cell, begins_formula, plain_cell


def write_csv(
    file: BinaryIO,
    _about: Mapping[str, str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> None:
    """Write the rows under the names of the columns, in UTF-8, one after the other.

    Numbers stay numbers. A text that a spreadsheet would calculate begins with an apostrophe, by
    which a spreadsheet knows text. None is an empty cell. What the file is about is not in it:
    programs that read CSV take every line for a row.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # All texts are quoted: a separator inside one must not begin a cell of its own.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    # The file stays open for whoever gave it.
    text.detach()


def _harmless(cell: Cell) -> str | int | float:
    plain = plain_cell(cell)
    if plain is None:
        return ""
    return f"'{plain}" if isinstance(plain, str) and begins_formula(plain) else plain
