"""Pages of a list, newest first, by a cursor that names the last row of the page before.

A cursor is a row's time and id together, since several rows may have the same time. Unlike an
offset it still names the same row after new rows came in, and the last page costs as much as the
first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import tuple_
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from services.errors import InvalidInput

PAGE_SIZE = 50
_CURSOR = re.compile(r"(\d{1,17})\.([\w-]{1,100})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `older` is the cursor of the next one, None on the last."""

    rows: Sequence[Row]
    older: str | None


def read_page(
    session: Session, wanted: SelectOfScalar[Row], at: Any, row_id: Any, before: str | None
) -> Page[Row]:
    """At most fifty rows of `wanted`, newest first by the columns `at` and `row_id`.

    `before` is the cursor of an earlier page; raises `InvalidInput` for any other text.
    """
    # One row more than a page: it tells whether there is an older page without counting them.
    ordered = wanted.order_by(at.desc(), row_id.desc()).limit(PAGE_SIZE + 1)
    if before:
        ordered = ordered.where(tuple_(at, row_id) < tuple_(*_parse(before)))
    rows_and_one = session.exec(ordered).all()
    rows = rows_and_one[:PAGE_SIZE]
    has_older = len(rows_and_one) > PAGE_SIZE
    return Page(rows, _make_cursor(rows[-1], at, row_id) if has_older else None)


def _make_cursor(row: Any, at: Any, row_id: Any) -> str:
    # Whole microseconds, since a float of seconds would round them.
    micros = (getattr(row, at.key) - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}.{getattr(row, row_id.key)}"


def _parse(cursor: str) -> tuple[datetime, str]:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidInput("This page of the list cannot be found: its address is not complete.")
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]
