"""Reads a dataset month by month, so that memory does not grow with the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlmodel import Session

from services.outcomes.log_export.datasets import Dataset
from services.store.columns import UtcDateTime

_BATCH = 10_000


@dataclass(frozen=True)
class Months:
    """Calendar months of UTC, as in "2026-09": `first` and `last` included, None without a limit.

    Their texts are in the order of time.
    """

    first: str | None = None
    last: str | None = None

    def __contains__(self, month: str) -> bool:
        return (self.first or month) <= month <= (self.last or month)

    @property
    def are_all(self) -> bool:
        """Whether no month is left out."""
        return self.first is None and self.last is None

    def within(self, time: sa.ColumnElement[datetime]) -> list[sa.ColumnElement[bool]]:
        """The conditions on a time that lies in them."""
        since = [time >= _start(self.first)] if self.first else []
        until = [time < _next_start(self.last)] if self.last else []
        return since + until


def _start(month: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"{month}-01"), datetime.min.time(), UTC)


def _next_start(month: str) -> datetime:
    start = _start(month)
    year, number = divmod(start.year * 12 + start.month, 12)
    return start.replace(year=year, month=number + 1)


def read_months(
    session: Session, dataset: Dataset, months: Months
) -> Iterator[tuple[str, pa.Table]]:
    """The rows in the order of their time, some thousands at once: their month and their table."""
    connection = session.connection()
    chosen = _select(dataset, months, connection.dialect.name)
    rows = connection.execute(chosen, execution_options={"yield_per": _BATCH})
    for batch in rows.partitions():
        yield from _by_month(_table(dataset.schema, batch), dataset.time)


def _select(dataset: Dataset, months: Months, dialect: str) -> sa.Select[Any]:
    time = dataset.columns[dataset.time]
    wanted = [_read_plainly(column, dialect) for column in dataset.columns.values()]
    chosen = sa.select(*wanted).select_from(dataset.rows_from).where(*months.within(time))
    return chosen.order_by(time)


def _read_plainly(column: sa.ColumnElement[Any], dialect: str) -> sa.ColumnElement[Any]:
    """A time as SQLite's text or PostgreSQL's microseconds: Python's own take ten times as long."""
    if not isinstance(column.type, UtcDateTime):
        return column
    if dialect == "sqlite":
        return sa.type_coerce(column, sa.String())
    return sa.cast(sa.extract("epoch", column) * 1_000_000, sa.BigInteger())


def _table(schema: pa.Schema, rows: Sequence[Any]) -> pa.Table:
    columns = zip(*rows, strict=True)
    arrays = [
        _array(list(values), field.type) for values, field in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        # Both are UTC; Arrow reads the texts by itself.
        return pa.array(values).cast(pa.timestamp("us")).cast(kind)
    if pa.types.is_map(kind):
        values = [None if counts is None else list(counts.items()) for counts in values]
    return pa.array(values, kind)


def _by_month(table: pa.Table, time: str) -> Iterator[tuple[str, pa.Table]]:
    months = table[time].cast(pa.timestamp("us")).to_numpy().astype("datetime64[M]")
    changes = np.flatnonzero(months[1:] != months[:-1]) + 1
    edges = [0, *changes.tolist(), len(months)]
    for start, end in pairwise(edges):
        yield str(months[start]), table.slice(start, end - start)
