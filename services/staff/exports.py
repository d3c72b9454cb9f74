"""The one way in which a table leaves the program as a file: allowed, counted, noted, written.

A table that people need outside has a function that makes an `Export` of its filters:

    def calls_export(filters: CallFilters) -> Export:
        filters = filters.checked()
        return Export(
            table="calls",                          # the event is "calls.export"
            permission=Permission.WEBHOOKS_VIEW,
            columns=("at_utc", "path"),             # a time's column ends in _utc
            rows=SelectedRows(
                lambda _: select(UpstreamCall),
                (col(UpstreamCall.at).desc(),),
                columns_of(("at", "path")),
            ),
            filters=filters.summary(),
        )

and its page one button, `export_button(who, "calls", lambda: calls_export(filters))` of
`pages/_ui/dialogs/export.py`. Rows that are no select are given as `ListedRows`. Another format
than CSV and XLSX is a `Format` with a function that writes the rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import Any, Protocol

from sqlalchemy import literal
from sqlmodel import Session, func, select

from services.clock import Clock
from services.errors import InvalidInput
from services.exports.cells import Cell
from services.exports.formats import Format, describe_file
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.staff.reasons import Grounds
from services.store import Store

MOST_ROWS = 50_000
"""The most rows of one file: a year of most tables, and of the others a month.

The dashboard hands a file out of its memory, in which so many queries take 20 MB as CSV. Writing
them as XLSX keeps one core busy for ten seconds, in which other pages are slower.
"""

MOST_AT_ONCE = 4
"""Files that are made at a moment; the next one waits.

Each holds a connection to the log for its snapshot, and needs a second one for its event. There are
fifteen, and without a limit as many presses would take them all, and wait for more.
"""

_BATCH = 500

Cells = Callable[[Session, Sequence[Any]], Iterable[Sequence[Cell]]]
"""The cells of some rows of a select, read in the same transaction as the rows."""


class Rows(Protocol):
    """The rows of a file. `count` counts no further than `most`."""

    def count(self, session: Session, most: int) -> int: ...

    def read(self, session: Session) -> Iterator[Sequence[Cell]]: ...


def columns_of(names: Sequence[str]) -> Cells:
    """A function that answers, for each row, the values of these columns."""
    return lambda _session, rows: ([getattr(row, name) for name in names] for row in rows)


@dataclass(frozen=True)
class SelectedRows:
    """What a select finds, in the order of some columns, read in batches.

    `select` answers the SELECT. It is given the transaction in which the rows are read, since it
    may have to look something up first.
    """

    select: Callable[[Session], Any]
    order: Sequence[Any]
    cells: Cells

    def count(self, session: Session, most: int) -> int:
        """How many rows there are, at most `most`."""
        # Without the columns: a webhook's body, for one, may have megabytes.
        bare = self.select(session).with_only_columns(literal(1), maintain_column_froms=True)
        few = bare.limit(most).subquery()
        return session.exec(select(func.count()).select_from(few)).one()

    def read(self, session: Session) -> Iterator[Sequence[Cell]]:
        """The cells of each row; no more than a batch is in memory."""
        ordered = self.select(session).order_by(*self.order)
        for batch in session.exec(ordered.execution_options(yield_per=_BATCH)).partitions():
            yield from self.cells(session, batch)


@dataclass(frozen=True)
class ListedRows:
    """Rows that are in memory already."""

    listed: Sequence[Sequence[Cell]]

    def count(self, _session: Session, most: int) -> int:
        """How many rows there are, at most `most`."""
        return min(len(self.listed), most)

    def read(self, _session: Session) -> Iterator[Sequence[Cell]]:
        """The rows."""
        return iter(self.listed)


@dataclass(frozen=True)
class Export:
    """What a file holds, and what it takes to get it.

    `filters` are ids and words only: they are noted in the access log, as are `patient_id` and
    `of`, the object's kind and id, where the file is about one patient or object. `shown` are the
    people whom it names, if they are to be found by it in the access log, and `grounds` why it is
    made, where that has to be said.
    """

    table: str
    permission: Permission
    columns: Sequence[str]
    rows: Rows
    filters: Mapping[str, Any] = field(default_factory=dict)
    patient_id: str | None = None
    of: tuple[str, str] | None = None
    shown: Sequence[str] = ()
    grounds: Grounds | None = None


class Exports:
    """Makes the files; changes nothing but the access log."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._turns = BoundedSemaphore(MOST_AT_ONCE)

    def count(self, actor: Actor, export: Export) -> int:
        """How many rows the file will have, counted to one more than a file may have.

        Raises `NotPermitted` and `SignInEnded`.
        """
        self._audit.require(actor, export.permission, export.patient_id)
        with self._store.read() as session:
            return export.rows.count(session, MOST_ROWS + 1)

    def make(self, actor: Actor, export: Export, form: Format) -> bytes:
        """The file. Who made it, with which filters and how many rows, is noted before it is read.

        Raises `NotPermitted`, `SignInEnded`, `LogUnavailable`, and `InvalidInput` for more rows
        than a file may have: nothing is left out silently.
        """
        with self._turns:
            # Asked only now: a session may have ended while its file waited for its turn.
            self._audit.require(actor, export.permission, export.patient_id)
            return self._make(actor, export, form)

    def _make(self, actor: Actor, export: Export, form: Format) -> bytes:
        # One snapshot: as many rows are written as were counted and noted.
        with self._store.read() as session, TemporaryFile() as file:
            rows = export.rows.count(session, MOST_ROWS + 1)
            _check_size(rows)
            self._note(actor, export, form, rows)
            about = describe_file(
                export.table, export.filters, rows, self._clock(), f"{actor.name} ({actor.role})"
            )
            form.write(file, about, export.columns, export.rows.read(session))
            file.seek(0)
            return file.read()

    def _note(self, actor: Actor, export: Export, form: Format, rows: int) -> None:
        details = {**export.filters, "rows": rows, "format": form.name}
        details |= {"shown": list(export.shown)} if export.shown else {}
        self._audit.note(
            actor,
            f"{export.table}.export",
            patient_id=export.patient_id,
            of=export.of,
            grounds=export.grounds,
            details=details,
        )


def _check_size(rows: int) -> None:
    if rows > MOST_ROWS:
        raise InvalidInput(
            f"More than {MOST_ROWS:,} rows match, and a file holds no more: narrow the filters, "
            "for example to a month, and make a file of each."
        )
