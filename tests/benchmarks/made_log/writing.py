"""Writes rows as fast as a database takes them: its indexes are made after the rows."""

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import psycopg
from sqlalchemy import make_url

Rows = Iterable[tuple[Any, ...]]

_SQLITE = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA locking_mode=EXCLUSIVE",
    "PRAGMA cache_size=-200000",
    "PRAGMA temp_store=FILE",
)
_INDEXES_OF_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
_INDEXES_OF_POSTGRESQL = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema()
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
"""


class Writer(Protocol):
    """Takes rows of one table after the other."""

    def add(self, table: str, names: tuple[str, ...], rows: Rows) -> None:
        """Insert rows; times are texts in UTC."""

    def execute(self, statement: str) -> None:
        """Run one statement."""

    def number(self, statement: str) -> int:
        """The number that a statement answers."""


@contextlib.contextmanager
def fast_writer(url: str, unwanted: str = "") -> Iterator[Writer]:
    """A writer into the migrated log at `url`; makes the indexes again as it ends, and says so.

    Indexes with `unwanted` in their name are left out.
    """
    on_sqlite = make_url(url).get_backend_name() == "sqlite"
    writer = _Sqlite(url) if on_sqlite else _Postgresql(url)
    indexes = writer.indexes()
    for name, _ in indexes:
        writer.execute(f'DROP INDEX "{name}"')
    yield writer
    for name, statement in indexes:
        if unwanted and unwanted in name:
            continue
        began = time.perf_counter()
        writer.execute(statement)
        print(f"{name:60} {time.perf_counter() - began:7.1f} s", flush=True)  # noqa: T201
    writer.close()


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(
            f"file:{make_url(url).database}", isolation_level=None, uri=True
        )
        for pragma in _SQLITE:
            self._connection.execute(pragma)

    def indexes(self) -> list[tuple[str, str]]:
        return self._connection.execute(_INDEXES_OF_SQLITE).fetchall()

    def add(self, table: str, names: tuple[str, ...], rows: Rows) -> None:
        places = ", ".join("?" * len(names))
        self._connection.execute("BEGIN")
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows
        )
        self._connection.execute("COMMIT")

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)

    def number(self, statement: str) -> int:
        return int(self._connection.execute(statement).fetchone()[0])

    def close(self) -> None:
        self._connection.execute("PRAGMA locking_mode=NORMAL")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.close()


class _Postgresql:
    def __init__(self, url: str) -> None:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        for setting in ("TimeZone = 'UTC'", "synchronous_commit = off"):
            self._connection.execute(f"SET {setting}")  # type: ignore[arg-type]
        self._connection.execute("SET maintenance_work_mem = '512MB'")

    def indexes(self) -> list[tuple[str, str]]:
        return self._connection.execute(_INDEXES_OF_POSTGRESQL).fetchall()

    def add(self, table: str, names: tuple[str, ...], rows: Rows) -> None:
        copying = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:  # type: ignore[arg-type]
            for row in rows:
                copy.write_row(row)

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)  # type: ignore[arg-type]

    def number(self, statement: str) -> int:
        [found] = self._connection.execute(statement).fetchone() or [0]  # type: ignore[arg-type]
        return int(found)

    def close(self) -> None:
        self._connection.execute("ANALYZE")
        self._connection.close()
