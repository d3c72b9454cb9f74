"""The one door to the log's database. Driver errors stop here."""

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

_UNIQUE_VIOLATION = "23505"
"""PostgreSQL's SQLSTATE for it."""

_LARGEST = 2**63 - 1

_POSTGRESQL_LIMITS = {"connect_timeout": "10", "options": "-c lock_timeout=10s"}

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # A webhook is answered once it is committed, and upstream never repeats it by itself: a
    # commit must survive a power cut, so the fsync of every commit is paid for.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


class Duplicate(Exception):
    """A row with that unique value stands already.

    `constraint` is its name as in `uq_network_query_request_id` or `pk_network_query`: a caller
    that expects one duplicate must not take another for it.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Store:
    """Transactions on the log.

    `read()` gives a session on one snapshot; `write()` one transaction that commits at the end of
    the block, or not at all. On SQLite writers queue up when they begin (BEGIN IMMEDIATE), so that
    reading before writing needs no further lock; on PostgreSQL take the row with `for_update`.
    Both raise `LogUnavailable` for a database that does not answer, and `LogRefused` for a
    statement or a value that it will never take; `write()` raises `Duplicate` where a unique value
    stands already.
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
        with errors_wrapped(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        """Raise `LogUnavailable` unless the database answers."""
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def try_writing(self) -> None:
        """Raise `LogUnavailable` unless the database takes a write, which is taken back."""
        with errors_wrapped(), Session(self._writing) as session:
            statement = "UPDATE alembic_version SET version_num = version_num"
            session.connection().execute(text(statement))
            session.rollback()

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
def errors_wrapped() -> Iterator[None]:
    """Turn the driver's errors into ours. Their texts may carry parameters, so none goes on."""
    try:
        yield
    except IntegrityError as error:
        if constraint := _unique_constraint(error.orig):
            raise Duplicate(constraint) from error
        raise _refused(error) from None
    except (OperationalError, InterfaceError, InternalError) as error:
        raise LogUnavailable(f"The log did not answer ({type(error.orig).__name__}).") from None
    except DBAPIError as error:
        # By the bare class SQLite's driver tells of a file that is damaged, or no database at all.
        if type(error) is DatabaseError:
            raise LogUnavailable("The log cannot be read: its file is damaged.") from None
        raise _refused(error) from None
    except PoolTimeout:
        raise LogUnavailable("The log did not answer (every connection is in use).") from None


def _refused(error: DBAPIError) -> LogRefused:
    return LogRefused(f"The log refused what was to be written ({type(error.orig).__name__}).")


def _unique_constraint(error: Any) -> str | None:
    """The name of the unique constraint that a row broke; None for any other constraint."""
    if getattr(error, "sqlstate", None) == _UNIQUE_VIOLATION:
        return str(error.diag.constraint_name)
    name = getattr(error, "sqlite_errorname", "")
    if name not in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return None
    # SQLite names columns, as in "UNIQUE constraint failed: query_source.query_id, …".
    columns = [part.strip().split(".") for part in str(error).rpartition(": ")[2].split(",")]
    table = columns[0][0]
    if name.endswith("PRIMARYKEY"):
        return f"pk_{table}"
    return "_".join(["uq", table, *(column[-1] for column in columns)])


def make_engine(url: str | URL) -> Engine:
    """An engine for SQLite or PostgreSQL; makes the file of a SQLite log, readable by us only.

    Raises `OSError` where the file cannot be made.
    """
    parsed = make_url(url)
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
    """The URL with limits on connecting to PostgreSQL and on waiting for a lock there.

    Both would wait for ever; SQLite's busy timeout is the same for it.
    """
    if url.get_backend_name() != "postgresql":
        return url
    return url.update_query_dict(_POSTGRESQL_LIMITS | dict(url.query))


def _on_snapshots(engine: Engine) -> Engine:
    """The engine with transactions that see one state of the log.

    PostgreSQL's default shows each statement what others have committed meanwhile. SQLite's
    transactions are snapshots from their first statement on.
    """
    if engine.dialect.name != "postgresql":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _store_only_storable(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any
) -> tuple[str, Any]:
    """Clean every text on its way to the database, whatever column or comparison it is for.

    PostgreSQL refuses NUL, neither driver encodes lone surrogates, and JSON from outside carries
    both. One place for all of them, so that no column can be forgotten.
    """
    return statement, _cleaned(parameters)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _cleaned(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cleaned(part) for part in value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        # SQLite's driver raises a plain OverflowError for it, which no one would expect.
        raise LogRefused("The log refused what was to be written (a number too large).")
    return value


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` does.
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
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
