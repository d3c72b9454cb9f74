"""What a cell of an exported table may hold, and how each kind is written as text."""

from datetime import UTC, datetime

Cell = str | int | float | bool | datetime | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, full-width forms included."""

_SKIPPED = " \u00a0\u200b\u200e\u200f\u2060\ufeff\"'"
"""Blanks, quotes and marks without a width, which spreadsheets skip before they look for one."""


def plain_cell(cell: Cell) -> str | int | float | None:
    """The cell as a text that every file can hold, or as a number.

    A time becomes ISO 8601 in UTC, to the microsecond, so that such texts are in order as they
    stand. The column's name has to say that it is UTC.
    """
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if not isinstance(cell, str):
        return cell
    # A NUL ends the file for some readers, and half a surrogate pair is no UTF-8.
    return cell.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet that opens the text from a CSV file might calculate it."""
    return text.startswith(_FORMULA) or text.lstrip(_SKIPPED).startswith(_FORMULA)
