"""Pages of the review queue: which items, in which order, and where the next page begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, select

from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.review_state import NOT_CLOSED, WAITING, ReviewStatus
from services.errors import InvalidInput
from services.staff.looks import filters_in_use
from services.store.lists.paging import PAGE_SIZE, Page, read_page
from services.store.tables import ReviewItem

_SEVERITIES = (*sorted((level.value for level in Severity), reverse=True), 0)
"""The worst first; 0 is an item of the sample in which nothing was found."""

_CURSOR = re.compile(r"(\d)\.(\d{1,17})\.([\w-]{1,36})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class View(StrEnum):
    """Which part of the queue is shown."""

    WAITING = "waiting"
    MINE = "mine"
    SECOND = "second"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"


class ReviewOrder(StrEnum):
    """Which items come first. Closed ones always have the last closed first."""

    OLDEST = "oldest"
    WORST = "worst"


_STATUSES: dict[View, Sequence[ReviewStatus]] = {
    View.WAITING: WAITING,
    View.MINE: NOT_CLOSED,
    View.SECOND: (ReviewStatus.SECOND,),
    View.FOLLOW_UP: (ReviewStatus.FOLLOW_UP,),
}


@dataclass(frozen=True)
class ReviewFilters:
    """Which items to show. `severity` is that of the worst finding; None does not filter."""

    view: View = View.WAITING
    severity: Severity | None = None
    sample_only: bool = False
    order: ReviewOrder = ReviewOrder.OLDEST

    def summary(self) -> dict[str, str]:
        """The filters in use, as words: for the access log."""
        return filters_in_use(self)

    @property
    def severities(self) -> Sequence[int]:
        """The severities that are shown, the worst first."""
        return _SEVERITIES if self.severity is None else (self.severity.value,)


Condition = ColumnElement[bool] | bool


def read_items(
    session: Session, viewer_id: str, filters: ReviewFilters, cursor: str | None = None
) -> Page[ReviewItem]:
    """At most fifty items; `cursor` is that of the page before.

    Raises `InvalidInput` for a text that is no cursor.
    """
    if filters.view is View.CLOSED:
        return _read_closed(session, filters, cursor)
    place = _parse(cursor) if cursor else None
    rows = read_first(session, viewer_id, filters, place, PAGE_SIZE + 1)
    following = cursor_of(rows[PAGE_SIZE - 1]) if len(rows) > PAGE_SIZE else None
    return Page(rows[:PAGE_SIZE], following)


Place = tuple[int, datetime, str]
"""Severity, opening and id: what an item's place in the queue is made of."""


def place_of(item: ReviewItem) -> Place:
    """Where the item stands."""
    return item.severity, item.opened_at, item.id


def read_first(
    session: Session,
    viewer_id: str,
    filters: ReviewFilters,
    after: Place | None,
    most: int,
    *also: Condition,
) -> list[ReviewItem]:
    """The first items behind the place `after`, at most so many, that meet `also`.

    An index gives those of one status and severity in their order. There are few such pairs, so
    the first of each are read and put in order here, however many items wait.
    """
    by_severity = filters.order is ReviewOrder.WORST
    conditions = [*_conditions(viewer_id, filters), *also]
    rows: list[ReviewItem] = []
    for severity in filters.severities:
        if by_severity and after and severity > after[0]:
            continue
        behind = after if after and (not by_severity or severity == after[0]) else None
        for status in _STATUSES[filters.view]:
            wanted = _select_stream(status, severity, behind).where(*conditions)
            rows += session.exec(wanted.limit(most)).all()
    return sorted(rows, key=lambda row: _rank(row, by_severity))[:most]


def _rank(item: ReviewItem, by_severity: bool) -> Any:
    return (-item.severity if by_severity else 0, item.opened_at, item.id)


def _conditions(viewer_id: str, filters: ReviewFilters) -> list[Condition]:
    conditions: list[Condition] = []
    if filters.view is View.MINE:
        conditions.append(col(ReviewItem.assigned_id) == viewer_id)
    if filters.sample_only:
        conditions.append(col(ReviewItem.sampled_week).is_not(None))
    return conditions


def _select_stream(status: ReviewStatus, severity: int, behind: Place | None) -> Any:
    by = (col(ReviewItem.opened_at), col(ReviewItem.id))
    wanted = select(ReviewItem).where(
        col(ReviewItem.status) == status.value, col(ReviewItem.severity) == severity
    )
    if behind is not None:
        wanted = wanted.where(tuple_(*by) > tuple_(*behind[1:]))
    return wanted.order_by(*by)


def _read_closed(session: Session, filters: ReviewFilters, cursor: str | None) -> Page[ReviewItem]:
    wanted = select(ReviewItem).where(
        col(ReviewItem.closed_at).is_not(None), *_conditions("", filters)
    )
    if filters.severity is not None:
        wanted = wanted.where(col(ReviewItem.severity) == filters.severity.value)
    return read_page(session, wanted, col(ReviewItem.closed_at), col(ReviewItem.id), cursor)


def cursor_of(item: ReviewItem) -> str:
    """The cursor of the page that begins behind the item."""
    # Whole microseconds, since a float of seconds would round them.
    micros = (item.opened_at - _EPOCH) // timedelta(microseconds=1)
    return f"{item.severity}.{micros}.{item.id}"


def _parse(cursor: str) -> Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidInput("This page of the list cannot be found: its address is not complete.")
    return int(match[1]), _EPOCH + timedelta(microseconds=int(match[2])), match[3]
