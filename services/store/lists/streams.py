"""Pages of a list with filters, at a cost that does not grow with the log.

A stream is what one index gives in the order of the list: the rows of one status, for example. A
filter is a few streams, merged (a driver). Where one filter alone is asked for, its streams give a
page at once. Where there are several, that with the fewest rows leads and the others are asked of
each of its rows: at most `MOST_SEARCHED` of them. If a page is not full by then, it says how far
the search came, and its cursor goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, tuple_, union
from sqlmodel import Session

from services.store.lists.paging import PAGE_SIZE, Page, Place, cursor_of, parse_place

MOST_SEARCHED = 5000
"""The rows that one page is searched in, in about 50 ms."""

_AT_ONCE = PAGE_SIZE + 1

FEW = 20_000
"""Up to so many rows of a filter are read at once where a file needs every match."""


@dataclass(frozen=True)
class Stream:
    """Rows in the order of `at` and `key`: the time and the id of the list's rows.

    An index on the columns of `where`, which are compared with one value each, and on `at` gives
    them. `also` are conditions on the same row that no index serves.
    """

    at: Any
    key: Any
    where: tuple[ColumnElement[bool], ...] = ()
    also: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True)
class Driver:
    """One filter: its streams, and the same as a condition on a row of the list."""

    streams: Sequence[Stream]
    condition: ColumnElement[bool]


@dataclass(frozen=True)
class Listing:
    """A list: its rows, what puts them in order, and its filters.

    `rows` is the SELECT of the rows without any condition; `at` and `key` are columns of it.
    `since` (inclusive) and `until` (exclusive) bound `at`. `others` are conditions that have no
    streams.
    """

    rows: Any
    at: Any
    key: Any
    drivers: Sequence[Driver] = ()
    others: Sequence[ColumnElement[bool]] = ()
    since: datetime | None = None
    until: datetime | None = None
    walk: Stream = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "walk", Stream(self.at, self.key))

    def page(
        self,
        session: Session,
        cursor: str | None,
        oldest_first: bool = False,
        most: int = MOST_SEARCHED,
    ) -> Page[Any]:
        """At most fifty rows, searched in at most about `most`; `cursor` is of the page before.

        Raises `InvalidInput` for a text that is no cursor.
        """
        after = parse_place(cursor) if cursor else None
        order = _Order(self, after, oldest_first)
        lead, stop = self._lead(session, order, most)
        rest = [*self.others, *(one.condition for one in self.drivers if one is not lead)]
        streams = lead.streams if lead else (self.walk,)
        places: set[Place] = set()
        for stream in streams:
            places |= order.places(session, stream, rest, stop)
        ordered = sorted(places, reverse=not oldest_first)
        shown = ordered[:PAGE_SIZE]
        rows = self._read(session, [key for _, key in shown])
        if len(ordered) > PAGE_SIZE:
            return Page(rows, cursor_of(*shown[-1]))
        return Page(rows, cursor_of(stop) if stop else None, stop)

    def select_all(self, session: Session, by: ColumnElement[bool] | None = None) -> Any:
        """The SELECT of every row that matches, in no order yet, for a file.

        Where a filter has few rows they are found by its index. Otherwise the log is read in the
        list's order, or by the index of `by`, a further condition.
        """
        order = _Order(self, None, False)
        for driver in self.drivers:
            if order.stop(session, driver.streams, FEW) is None:
                keys = union(*(order.every(stream) for stream in driver.streams)).subquery()
                rest = [hidden(one.condition) for one in self.drivers if one is not driver]
                few = self.key.in_(select(keys.c[0]))
                also = [] if by is None else [hidden(by)]
                return self.rows.where(few, *rest, *map(hidden, self.others), *also)
        conditions = [driver.condition for driver in self.drivers] + [*self.others]
        if by is not None:
            conditions = [by, *map(hidden, conditions)]
        return self.rows.where(*order.period(self.at), *conditions)

    def _lead(
        self, session: Session, order: "_Order", most: int
    ) -> tuple[Driver | None, datetime | None]:
        """The filter that leads, and where its search stops; None for no need to stop.

        A filter that stops nowhere has few rows. Otherwise the one that comes furthest leads.
        """
        if not self.drivers and not self.others:
            return None, None
        if len(self.drivers) == 1 and not self.others and _is_exact(self.drivers[0]):
            return self.drivers[0], None
        furthest: tuple[Driver | None, datetime | None] | None = None
        for driver in self.drivers:
            stop = order.stop(session, driver.streams, most)
            if stop is None:
                return driver, None
            if furthest is None or order.is_before(furthest[1], stop):
                furthest = driver, stop
        return furthest or (None, order.stop(session, (self.walk,), most))

    def _read(self, session: Session, keys: Sequence[Any]) -> list[Any]:
        if not keys:
            return []
        found = session.exec(self.rows.where(self.key.in_(keys))).all()
        by_key = {getattr(row, self.key.key): row for row in found}
        return [by_key[key] for key in keys if key in by_key]


@dataclass(frozen=True)
class _Order:
    """Where a page begins, and in which direction it goes."""

    of: Listing
    after: tuple[datetime, str | None] | None
    oldest_first: bool

    def places(
        self,
        session: Session,
        stream: Stream,
        rest: Sequence[ColumnElement[bool]],
        stop: datetime | None,
    ) -> set[Place]:
        """The first places of a stream whose rows meet `rest`, more than a page has, if any.

        Several rows of the stream may be of one row of the list. They follow each other, so more
        are read until there are enough; a DISTINCT would make SQLite read the whole stream.
        """
        found: set[Place] = set()
        wanted = self._keys(stream, rest, stop)
        last: Place | None = None
        while len(found) <= PAGE_SIZE:
            more = wanted.where(self._is_after(stream, last)) if last else wanted
            places = [(at, key) for at, key in session.connection().execute(more)]
            found.update(places)
            if len(places) < _AT_ONCE:
                break
            last = places[-1]
        return found

    def _keys(
        self, stream: Stream, rest: Sequence[ColumnElement[bool]], stop: datetime | None
    ) -> Any:
        wanted = select(stream.at, stream.key).where(*self._bounds(stream))
        if stream.key is not self.of.key and rest:
            wanted = wanted.join(self.of.key.table, self.of.key == stream.key)
        wanted = wanted.where(*map(hidden, (*stream.also, *rest)))
        if stop:
            wanted = wanted.where(stream.at <= stop if self.oldest_first else stream.at >= stop)
        by = (stream.at, stream.key)
        wanted = wanted.order_by(*(by if self.oldest_first else (one.desc() for one in by)))
        return wanted.limit(_AT_ONCE)

    def _is_after(self, stream: Stream, last: Place) -> ColumnElement[bool]:
        place, other = tuple_(stream.at, stream.key), tuple_(*last)
        return place > other if self.oldest_first else place < other

    def stop(self, session: Session, streams: Sequence[Stream], most: int) -> datetime | None:
        """The time at which `most` rows of the streams are read; None where they end before."""
        each = max(most // max(len(streams), 1), 1)
        stops: list[datetime] = []
        for stream in streams:
            wanted = select(stream.at).where(*self._bounds(stream, exact=False))
            by = stream.at if self.oldest_first else stream.at.desc()
            nth = wanted.order_by(by).offset(each).limit(1)
            stops += session.connection().execute(nth).scalars().all()
        return (min if self.oldest_first else max)(stops, default=None)

    def every(self, stream: Stream) -> Any:
        """The ids of all rows of a stream within the period."""
        where = (*stream.where, *self.period(stream.at), *map(hidden, stream.also))
        return select(stream.key).where(*where)

    def is_before(self, one: datetime | None, other: datetime) -> bool:
        """Whether a search that stops at `one` looks at less than one that stops at `other`."""
        return one is not None and (one < other if self.oldest_first else one > other)

    def period(self, at: Any) -> list[ColumnElement[bool]]:
        """The bounds of the list's time."""
        bounds = []
        if self.of.since:
            bounds.append(at >= self.of.since)
        if self.of.until:
            bounds.append(at < self.of.until)
        return bounds

    def _bounds(self, stream: Stream, exact: bool = True) -> list[ColumnElement[bool]]:
        """What a stream's index serves; `exact` is whether rows of the cursor's time are told apart
        by their ids, which most indexes do not hold.
        """
        bounds = [*stream.where, *self.period(stream.at)]
        if self.after:
            at, key = self.after
            if key is None:
                bounds.append(stream.at > at if self.oldest_first else stream.at < at)
            elif exact:
                bounds.append(self._is_after(stream, (at, key)))
            else:
                bounds.append(stream.at >= at if self.oldest_first else stream.at <= at)
        return bounds


def _is_exact(driver: Driver) -> bool:
    return not any(stream.also for stream in driver.streams)


def driver(at: Any, key: Any, *alternatives: ColumnElement[bool]) -> Driver:
    """The driver of a filter whose rows are those of some ranges of indexes of the list's table."""
    return Driver([Stream(at, key, (one,)) for one in alternatives], any_of(alternatives))


def hidden(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition such that no index is chosen for its sake."""
    return func.coalesce(condition, False)


def any_of(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That one of the conditions holds; without any, nothing does."""
    return or_(false(), *conditions)
