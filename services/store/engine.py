"""Transactions on the log's database. Errors of the drivers are turned into ours here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, create_engine, text

from services.errors import LogRefused, LogUnavailable
from services.private_files import make_database, narrow_database
from services.store.columns import storable
from services.store.log_change import NotingSession

_UNIQUE_VIOLATION = "23505"
"""PostgreSQL's SQLSTATE for a row that breaks a unique constraint."""

_LARGEST = 2**63 - 1
"""The largest integer of a SQLite column, and of PostgreSQL's `bigint`."""

_POSTGRESQL_LIMITS = {"connect_timeout": "10", "options": "-c lock_timeout=10s"}

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # A webhook is answered once it is committed, and upstream never repeats it by itself: a
    # commit must survive a power cut, so the fsync of every commit is paid for.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # What was erased does not stay in the free pages of the file. Many builds of SQLite do so
    # anyway, and others keep the old bytes for years.
    "PRAGMA secure_delete=ON",
    "PRAGMA busy_timeout=5000",
)


class Duplicate(Exception):
    """The log holds a row with that unique value already.

    `constraint` is the constraint's name, as in `uq_network_query_request_id` or
    `pk_network_query`. A caller that expects one duplicate asks for it, so as not to take another
    one for it.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Store:
    """Transactions on the log.

    `read()` gives a session on one snapshot. `write()` gives one transaction that is committed when
    the block ends, or rolled back if the block raises; what it changes is noted for open pages. On
    SQLite only one write transaction runs at a time, so a row that was read in it cannot change; on
    PostgreSQL read such a row with `with_for_update`. Both raise `LogUnavailable` for a database
    that does not answer, and `LogRefused` for a statement or a value that it will never take;
    `write()` raises `Duplicate` for a unique value that the log holds already.
    """

    def __init__(self, url: str | URL) -> None:
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(writes=True)
        self._reading = _on_snapshots(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads: every statement sees the log as it was at the first one."""
        with errors_wrapped(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together when the block ends."""
        with errors_wrapped(), NotingSession(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        """Raise `LogUnavailable` unless the database answers."""
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def try_writing(self) -> None:
        """Raise `LogUnavailable` unless the database takes a write; the write is rolled back."""
        with errors_wrapped(), Session(self._writing) as session:
            statement = "UPDATE alembic_version SET version_num = version_num"
            session.connection().execute(text(statement))
            session.rollback()

    def clear_old_pages(self) -> None:
        """On SQLite, have what was erased leave the write-ahead log too, if nobody reads in it.

        PostgreSQL does so by itself, with its next vacuum.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with errors_wrapped():
            # Not in a transaction, which `connect` would begin.
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def lock_person(session: Session, patient_id: str) -> None:
    """Make every other transaction that locks the same person wait until this one ends.

    For a decision over several of a person's rows, or over a row that does not exist yet: neither
    can be locked by `with_for_update`. On SQLite only one write transaction runs at a time anyway.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:person))")
        connection.execute(lock, {"person": patient_id})


def lock_holds(session: Session) -> None:
    """Make whoever sets a legal hold, and whoever deletes, wait for each other until they commit.

    Otherwise rows could be deleted a moment after the hold that keeps them was set.
    """
    lock_person(session, "legal holds")


@contextmanager
def errors_wrapped() -> Iterator[None]:
    """Turn errors of the driver into `Duplicate`, `LogRefused` or `LogUnavailable`.

    The driver's text may repeat values of a row, so only the name of its class is passed on.
    """
    try:
        yield
    except IntegrityError as error:
        if constraint := _name_unique_constraint(error.orig):
            raise Duplicate(constraint) from error
        raise _make_refusal(error) from None
    except (OperationalError, InterfaceError, InternalError) as error:
        raise LogUnavailable(f"The log did not answer ({type(error.orig).__name__}).") from None
    except DBAPIError as error:
        # SQLite's driver raises this class itself, and no subclass of it, for a file that is
        # damaged or no database at all.
        if type(error) is DatabaseError:
            raise LogUnavailable("The log cannot be read: its file is damaged.") from None
        raise _make_refusal(error) from None
    except PoolTimeout:
        raise LogUnavailable("The log did not answer (every connection is in use).") from None


def _make_refusal(error: DBAPIError) -> LogRefused:
    return LogRefused(f"The log refused what was to be written ({type(error.orig).__name__}).")


def _name_unique_constraint(error: Any) -> str | None:
    """The name of the unique constraint that was broken; None if it was another kind of one."""
    if getattr(error, "sqlstate", None) == _UNIQUE_VIOLATION:
        return str(error.diag.constraint_name)
    name = getattr(error, "sqlite_errorname", "")
    if name not in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return None
    # SQLite tells columns and no name, as in "UNIQUE constraint failed: query_source.query_id, …".
    # The name is built as `naming_convention` in `columns` builds it.
    columns = [part.strip().split(".") for part in str(error).rpartition(": ")[2].split(",")]
    table = columns[0][0]
    if name.endswith("PRIMARYKEY"):
        return f"pk_{table}"
    return "_".join(["uq", table, *(column[-1] for column in columns)])


def make_engine(url: str | URL) -> Engine:
    """An engine for SQLite or PostgreSQL; makes a missing SQLite file, readable by its owner only.

    Raises `OSError` where the file cannot be made.
    """
    parsed = make_url(url)
    # Pinged before use, because a connection may have been cut while it was idle. Parameters stay
    # out of error texts, because they may be ids of people.
    engine = create_engine(_with_time_limit(parsed), pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "before_cursor_execute", _store_only_storable, retval=True)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_database(Path(parsed.database))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "connect", _narrow_files)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _with_time_limit(url: URL) -> URL:
    """The URL with time limits for connecting to PostgreSQL and for waiting for a lock there.

    PostgreSQL has no limit for either by itself. SQLite's limit for locks is its busy timeout.
    """
    if url.get_backend_name() != "postgresql":
        return url
    return url.update_query_dict(_POSTGRESQL_LIMITS | dict(url.query))


def _on_snapshots(engine: Engine) -> Engine:
    """The engine with transactions in which every statement sees the same state of the log.

    By default PostgreSQL shows each statement what others have committed before it. On SQLite in
    WAL mode a transaction is a snapshot from its first statement on.
    """
    if engine.dialect.name != "postgresql":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _store_only_storable(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any
) -> tuple[str, Any]:
    """Clean every text on its way to the database, whatever column or comparison it is for.

    PostgreSQL refuses NUL, neither driver encodes lone surrogates, and JSON from outside may hold
    both. Done here for every statement, so that no column can be forgotten.
    """
    return statement, parameters if _is_clean(parameters) else _clean(parameters)


def _is_clean(values: Any) -> bool:
    """Whether nothing among these is to be cleaned, as nearly always; a single list of them."""
    if not isinstance(values, (tuple, list)):
        return False
    for value in values:
        kind = type(value)
        if kind is str:
            if "\x00" in value or not value.isascii():
                return False
        elif kind is int:
            if abs(value) > _LARGEST:
                return False
        elif kind in (tuple, list, dict):
            return False
    return True


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _clean(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_clean(part) for part in value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        # SQLite's driver raises an OverflowError, which is no database error and would escape.
        raise LogRefused("The log refused what was to be written (a number too large).")
    return value


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Otherwise the driver begins transactions by itself, and only before the first write: reads
    # would see no snapshot. `_begin_sqlite` begins them.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _narrow_files(connection: Any, _record: object) -> None:
    """By now SQLite has read the file, so it is a database and none that others need."""
    [(_, _, file)] = connection.execute("PRAGMA database_list").fetchall()
    if file:
        narrow_database(Path(file))


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # IMMEDIATE takes the write lock at once, and waits for it up to the busy timeout. A transaction
    # that begins as a reader and writes later fails at once if another one has written meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
