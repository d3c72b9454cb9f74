"""The one door to the log's database. Driver errors stop here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, create_engine, text

from services.errors import LogUnavailable

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # A webhook is answered once it is committed, and upstream never repeats it by itself: a
    # commit must survive a power cut, so the fsync of every commit is paid for.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


class Duplicate(Exception):
    """A row with that unique value stands already."""


class Store:
    """Transactions on the log.

    `read()` gives a session on one snapshot; `write()` one transaction that commits at the end of
    the block, or not at all. On SQLite writers queue up when they begin (BEGIN IMMEDIATE), so that
    reading before writing needs no further lock; on PostgreSQL take the row with `for_update`.
    Both raise `LogUnavailable` for a database that does not answer; `write()` raises `Duplicate`
    where a unique value stands already.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads."""
        with _wrapped(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together when the block ends."""
        with _wrapped(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        """Raise `LogUnavailable` unless the database answers."""
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def lock_person(session: Session, patient_id: str) -> None:
    """Let no other transaction that asks for the same person go on before this one ends.

    On SQLite writers queue up anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:person))")
        connection.execute(lock, {"person": patient_id})


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Duplicate(type(error.orig).__name__) from error
    except DBAPIError as error:
        # The driver's own text may carry parameters, so only its class goes on.
        raise LogUnavailable(f"The log did not answer ({type(error.orig).__name__}).") from None
    except PoolTimeout:
        raise LogUnavailable("The log did not answer (every connection is in use).") from None


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL; makes the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
