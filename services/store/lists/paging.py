"""Pages of a list by time, by a cursor that names the last row of the page before.

A cursor is a row's time and id together, since several rows may have the same time; where a list
has the worst first, its rank stands before them. Unlike an offset it still names the same row after
new rows came in, and the last page costs as much as the first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import tuple_
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from services.errors import InvalidInput

PAGE_SIZE = 50
_CURSOR = re.compile(r"(\d{1,17})(?:\.([\w-]{1,100}(?: \d{1,18})?))?", re.ASCII)
_RANKED = re.compile(r"(\d{1,2})\.(\d{1,17}\.[\w-]{1,100}(?: \d{1,18})?)", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NO_CURSOR = "This page of the list cannot be found: its address is not complete."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = TypeVar("Row")

Place = tuple[datetime, str]
"""Where a row stands in a list: its time and its id."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `next` is the cursor of the one after it, None on the last.

    `searched_to` is set where the page is not full and more may match: everything before that time
    in the list's order, and of that time, was looked at. `next` goes on from there.
    """

    rows: Sequence[Row]
    next: str | None
    searched_to: datetime | None = None


def read_page(
    session: Session,
    wanted: SelectOfScalar[Row],
    at: Any,
    row_id: Any,
    cursor: str | None,
    oldest_first: bool = False,
) -> Page[Row]:
    """At most fifty rows of `wanted` by the columns `at` and `row_id`, newest first or oldest.

    `cursor` is that of the page before, in the same order; raises `InvalidInput` for any other
    text.
    """
    place = tuple_(at, row_id)
    by = (at, row_id) if oldest_first else (at.desc(), row_id.desc())
    # One row more than a page: it tells whether there is another page without counting them.
    ordered = wanted.order_by(*by).limit(PAGE_SIZE + 1)
    if cursor:
        last = tuple_(*_parse(cursor))
        ordered = ordered.where(place > last if oldest_first else place < last)
    rows_and_one = session.exec(ordered).all()
    rows = rows_and_one[:PAGE_SIZE]
    has_more = len(rows_and_one) > PAGE_SIZE
    return Page(rows, _make_cursor(rows[-1], at, row_id) if has_more else None)


def _make_cursor(row: Any, at: Any, row_id: Any) -> str:
    return cursor_of(getattr(row, at.key), getattr(row, row_id.key))


def cursor_of(at: datetime, row_id: str | None = None) -> str:
    """The cursor of what comes after the row with this time and id.

    Without an id it is that of what comes after every row of that time.
    """
    # Whole microseconds, since a float of seconds would round them.
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}" if row_id is None else f"{micros}.{row_id}"


def parse_place(cursor: str) -> tuple[datetime, str | None]:
    """The time and the id that a cursor names; raises `InvalidInput` for any other text."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidInput(_NO_CURSOR)
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]


def _parse(cursor: str) -> Place:
    at, row_id = parse_place(cursor)
    if row_id is None:
        raise InvalidInput(_NO_CURSOR)
    return at, row_id


def read_ranked_page(
    session: Session,
    ranks: Sequence[int],
    select_rank: Callable[[int], SelectOfScalar[Row]],
    at: Any,
    row_id: Any,
    cursor: str | None,
) -> Page[Row]:
    """At most fifty rows: those of the first of `ranks` first, within a rank the newest first.

    `select_rank` answers the SELECT of one rank. `cursor` is that of the page before; raises
    `InvalidInput` for any other text.
    """
    rank_of_last, place_of_last = _parse_ranked(cursor, ranks) if cursor else (None, None)
    left = ranks if rank_of_last is None else ranks[ranks.index(rank_of_last) :]
    found: list[tuple[int, Row]] = []
    for rank in left:
        wanted = select_rank(rank).order_by(at.desc(), row_id.desc())
        if place_of_last and rank == rank_of_last:
            wanted = wanted.where(tuple_(at, row_id) < tuple_(*place_of_last))
        more = session.exec(wanted.limit(PAGE_SIZE + 1 - len(found))).all()
        found += [(rank, row) for row in more]
        if len(found) > PAGE_SIZE:
            rank, row = found[PAGE_SIZE - 1]
            following = f"{rank}.{_make_cursor(row, at, row_id)}"
            return Page([row for _, row in found[:PAGE_SIZE]], following)
    return Page([row for _, row in found], None)


def _parse_ranked(cursor: str, ranks: Sequence[int]) -> tuple[int, tuple[datetime, str]]:
    match = _RANKED.fullmatch(cursor)
    if match is None or int(match[1]) not in ranks:
        raise InvalidInput(_NO_CURSOR)
    return int(match[1]), _parse(match[2])


def read_numbered_page(
    session: Session, wanted: Any, number: Any, cursor: str | None, oldest_first: bool = False
) -> Page[Any]:
    """At most fifty rows of `wanted` by the column `number`, which is unique, newest first.

    `cursor` is that of the page before, in the same order; raises `InvalidInput` for any other
    text.
    """
    ordered = wanted.order_by(number if oldest_first else number.desc()).limit(PAGE_SIZE + 1)
    if cursor:
        if not _NUMBER.fullmatch(cursor):
            raise InvalidInput(_NO_CURSOR)
        last = int(cursor)
        ordered = ordered.where(number > last if oldest_first else number < last)
    rows = session.exec(ordered).all()
    has_more = len(rows) > PAGE_SIZE
    return Page(
        rows[:PAGE_SIZE], str(getattr(rows[PAGE_SIZE - 1], number.key)) if has_more else None
    )
