"""A pasted or uploaded list of patient ids: what can be used of it, and what cannot. Pure."""

import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from services.errors import InvalidInput
from services.ids import is_uuid
from services.pasted_ids import bare, ids_in

MOST_LINES = 10_000
"""Lines of a list, and people in it."""

_MOST_NAMED = 100
_END = "\x00"
"""Stands after the last line while a list is read; NUL is in none of its lines."""

_QUOTED = re.compile(r'"[^"]*"?')


@dataclass(frozen=True)
class BulkList:
    """The ids to use, in their order, and everything that was left out.

    Lines are numbered from 1 as an editor does; each tuple names the first hundred. `duplicates`
    counts ids that an earlier row or cell holds already, and `repeated` names their lines.
    `wrong_lines` counts rows without an id in their first column, and `wrong` names their lines.
    `left_out` counts ids that stand elsewhere: in another column, in a note, two in one cell;
    `left_out_ids` names them. `heading` tells whether the first row was read as column names.
    """

    ids: tuple[str, ...]
    duplicates: int
    wrong: tuple[int, ...]
    wrong_lines: int
    repeated: tuple[int, ...] = ()
    left_out: int = 0
    left_out_ids: tuple[str, ...] = ()
    heading: bool = False


def parse_list(text: str) -> BulkList:
    """Read a list: one id a row, as text or as CSV, or several ids in a row that holds only ids.

    Of a table, the first column counts. Raises `InvalidInput` for more than ten thousand lines or
    people.
    """
    # NUL stands between the letters of UTF-16, which some spreadsheets write without saying so.
    lines = text.lstrip("\ufeff").replace("\x00", "").splitlines(keepends=True)
    _check_size(len(lines), "lines")
    reading = _Reading()
    for number, cells in _rows(lines):
        reading.take(number, cells)
    _check_size(len(reading.ids), "people")
    return reading.result()


def decoded(raw: bytes) -> str:
    """An uploaded file as text: UTF-8 or, as spreadsheets write it, UTF-16 or Windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


@dataclass
class _Reading:
    """What was read so far of a list. The ids are the keys of a dict, which keeps their order."""

    ids: dict[str, None] = field(default_factory=dict)
    repeated: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    heading: bool = False

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Read one row, whose first line is `number`."""
        texts = [bare(cell) for cell in cells]
        filled = [text for text in texts if text]
        if not filled:
            return
        everywhere = [found for cell in cells for found in ids_in(cell)]
        if self._is_heading(texts[0], everywhere):
            self.heading = True
            return
        used = self._usable(texts, filled)
        if not used:
            self.wrong.append(number)
        for patient_id in used:
            if patient_id in self.ids:
                self.repeated.append(number)
            self.ids[patient_id] = None
        self.left_out.update(dict.fromkeys(found for found in everywhere if found not in used))

    def _is_heading(self, first: str, everywhere: Sequence[str]) -> bool:
        """Whether a row names columns: the first of all, without an id and without a digit."""
        if self.heading or self.ids or self.wrong or everywhere:
            return False
        return not any(character.isdigit() for character in first)

    def _usable(self, texts: Sequence[str], filled: Sequence[str]) -> list[str]:
        # A row of nothing but ids is a list of people, unless the table has a heading: then its
        # other columns hold other things, perhaps facilities.
        if not self.heading and all(map(is_uuid, filled)):
            return list(filled)
        return [texts[0]] if is_uuid(texts[0]) else []

    def result(self) -> BulkList:
        # An id in somebody's note may have a row of its own, and is used then.
        left_out = [found for found in self.left_out if found not in self.ids]
        return BulkList(
            ids=tuple(self.ids),
            duplicates=len(self.repeated),
            wrong=tuple(self.wrong[:_MOST_NAMED]),
            wrong_lines=len(self.wrong),
            repeated=tuple(self.repeated[:_MOST_NAMED]),
            left_out=len(left_out),
            left_out_ids=tuple(left_out[:_MOST_NAMED]),
            heading=self.heading,
        )


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row's first line, and its cells: a quoted cell may go over several lines."""
    position = 0
    while position < len(lines):
        cells, taken = _read_row(lines, position)
        yield position + 1, cells
        position += taken


def _read_row(lines: Sequence[str], position: int) -> tuple[list[str], int]:
    """The cells of the row that begins at a line, and how many lines it takes.

    Pasted lists mix separators, so each row is read by its own.
    """
    separator = _separator_of(lines[position])
    rest = (lines[number] for number in range(position, len(lines)))
    reader = csv.reader(itertools.chain(rest, [_END]), delimiter=separator)
    # A single cell of more than 131,072 characters is an error, and no table.
    with suppress(csv.Error):
        cells = next(reader)
        # A quote that never closes would swallow everybody after it.
        if not any(cell.endswith(_END) for cell in cells):
            return cells, reader.line_num
    return lines[position].split(separator), 1


def _separator_of(line: str) -> str:
    # In this order: a table separated by tabs or semicolons may have commas in its texts.
    outside_quotes = _QUOTED.sub("", line)
    return next((mark for mark in "\t;," if mark in outside_quotes), ",")


def _check_size(number: int, what: str) -> None:
    if number > MOST_LINES:
        raise InvalidInput(f"At most {MOST_LINES:,} {what} at once; this has {number:,}.")
