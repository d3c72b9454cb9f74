"""A pasted or uploaded list of patient ids: what can be used of it. Pure."""

import csv
import io
from dataclasses import dataclass

from services.errors import InvalidInput
from services.ids import is_uuid

MOST_LINES = 10_000


@dataclass(frozen=True)
class BulkList:
    """The ids to use, in their order, and what was left out.

    `duplicates` counts lines that repeat an id. `wrong` holds up to a hundred line numbers (from
    1) whose first column is no patient id; `wrong_lines` counts them all.
    """

    ids: tuple[str, ...]
    duplicates: int
    wrong: tuple[int, ...]
    wrong_lines: int


def parse_list(text: str) -> BulkList:
    """Read one id a line: of a table, the first column; a heading, blanks and marks are skipped.

    Raises `InvalidInput` for more than ten thousand lines.
    """
    lines = text.lstrip("\ufeff").replace("\x00", "").splitlines()
    if len(lines) > MOST_LINES:
        raise InvalidInput(f"At most {MOST_LINES:,} lines at once; this has {len(lines):,}.")
    seen: dict[str, None] = {}
    duplicates, wrong = 0, []
    for number, line in enumerate(lines, start=1):
        word = _first_column(line)
        if not word:
            continue
        if not is_uuid(word):
            wrong += [] if _is_heading(number, word) else [number]
        elif word.lower() in seen:
            duplicates += 1
        else:
            seen[word.lower()] = None
    return BulkList(tuple(seen), duplicates, tuple(wrong[:100]), len(wrong))


def decoded(raw: bytes) -> str:
    """An uploaded file as text: UTF-8 or, as spreadsheets write it, UTF-16 or Windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _first_column(line: str) -> str:
    separator = next((one for one in "\t;," if one in line), ",")
    try:
        row = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    except csv.Error:
        return line.strip()
    return row[0].strip().strip('"') if row else ""


def _is_heading(number: int, word: str) -> bool:
    return number == 1 and not any(one.isdigit() for one in word)
