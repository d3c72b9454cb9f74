"""Inserts many rows by one statement, for what is written often.

SQLAlchemy prepares each value of each row anew, which costs more than the database itself.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlmodel import SQLModel

MOST_ROWS = 200
"""Of one statement: SQLite and PostgreSQL take at least 32,766 values."""


def insert_many(
    connection: Connection,
    table: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    on_conflict: str = "",
) -> int:
    """Insert the rows, which all hold values for the same columns; answers how many there are now.

    `on_conflict` is SQL that stands behind the rows, as in `ON CONFLICT DO NOTHING`.
    """
    number = 0
    for start in range(0, len(rows), MOST_ROWS):
        some = rows[start : start + MOST_ROWS]
        number += _insert(connection, table, some, on_conflict)
    return number


def _insert(
    connection: Connection,
    table: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    on_conflict: str,
) -> int:
    columns = tuple(rows[0])
    prepared = _preparations(table, columns, connection.dialect)
    values = tuple(
        prepare(row[name]) if prepare else row[name] for row in rows for name, prepare in prepared
    )
    statement = _statement(table, columns, len(rows), connection.dialect.paramstyle)
    return connection.exec_driver_sql(f"{statement} {on_conflict}", values).rowcount


@cache
def _preparations(table: type[SQLModel], columns: tuple[str, ...], dialect: Dialect) -> Any:
    """What makes of a column's value one that the driver takes; None where it does already."""
    types = {name: table.__table__.c[name].type for name in columns}  # type: ignore[attr-defined]
    return [(name, of.dialect_impl(dialect).bind_processor(dialect)) for name, of in types.items()]


@cache
def _statement(table: type[SQLModel], columns: tuple[str, ...], rows: int, paramstyle: str) -> str:
    mark = "?" if paramstyle == "qmark" else "%s"
    row = f"({', '.join([mark] * len(columns))})"
    return (
        f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"
    )
