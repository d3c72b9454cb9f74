"""Every method that stands on the log, over a log that is locked, gone or damaged."""

import importlib
import inspect
import pkgutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import services
from services.errors import LogUnavailable
from services.staff.audit import Audit
from services.store import Store
from tests.clock import FakeClock
from tests.store.everything import Everything
from tests.store.methods import METHODS
from tests.store.needs import Needs

_MILLISECONDS = 20
"""How long a statement waits for a lock here, so that many tests wait no time."""

LOCKED, GONE, DAMAGED = "locked", "gone", "damaged"
FAULTS = [
    ("sqlite", LOCKED), ("sqlite", GONE), ("sqlite", DAMAGED),
    ("postgresql", LOCKED), ("postgresql", GONE),
]  # fmt: skip


def _on_sqlite(request: pytest.FixtureRequest, folder: Path) -> Store:
    path = folder / "log.db"
    path.write_bytes(request.getfixturevalue("sqlite_template"))
    store = Store(f"sqlite:///{path}")

    def wait_less(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={_MILLISECONDS}")

    sa.event.listen(store.engine, "connect", wait_less)
    return store


def _on_postgresql(request: pytest.FixtureRequest, name: str) -> Store:
    admin: sa.Engine = request.getfixturevalue("postgres")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template_log"))
    url = admin.url.set(database=name)
    url = url.update_query_dict({"options": f"-c lock_timeout={_MILLISECONDS}"})
    return Store(url)


@contextmanager
def _locked_sqlite(store: Store) -> Iterator[None]:
    path = str(store.engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def _locked_postgresql(store: Store) -> Iterator[None]:
    # EXCLUSIVE lets others read and keeps them from writing, as a writer on SQLite does.
    tables = ", ".join(SQLModel.metadata.tables)
    engine = sa.create_engine(store.engine.url)
    with engine.connect() as other:
        other.execute(sa.text(f"LOCK TABLE {tables}, alembic_version IN EXCLUSIVE MODE"))
        yield
    engine.dispose()


@contextmanager
def _replaced(store: Store, replace: Callable[[Path], object]) -> Iterator[None]:
    path = Path(str(store.engine.url.database))
    store.close()
    for file in path.parent.glob("log.db*"):
        file.unlink()
    replace(path)
    yield


@contextmanager
def _renamed(store: Store, admin: sa.Engine) -> Iterator[None]:
    name = store.engine.url.database
    store.close()
    with admin.connect() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {name} RENAME TO {name}_gone"))
    yield


@pytest.fixture(scope="module", params=FAULTS, ids=" ".join)
def broken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Everything, str]]:
    """A world whose log has just failed. One for all methods: none of them can change it."""
    database, fault = request.param
    if database == "sqlite":
        store = _on_sqlite(request, tmp_path_factory.mktemp("locked"))
    else:
        store = _on_postgresql(request, f"log_{uuid4().hex}")
    world = Everything(store, FakeClock())
    world.fill()
    with _failing(request, store, database, fault):
        yield world, fault
    store.close()


def _failing(
    request: pytest.FixtureRequest, store: Store, database: str, fault: str
) -> AbstractContextManager[None]:
    if fault == LOCKED:
        return _locked_sqlite(store) if database == "sqlite" else _locked_postgresql(store)
    if database == "postgresql":
        return _renamed(store, request.getfixturevalue("postgres"))
    if fault == GONE:
        return _replaced(store, Path.mkdir)
    return _replaced(store, lambda path: path.write_bytes(b"no database" * 1000))


@pytest.mark.parametrize("name", METHODS)
def test_a_method_without_its_log_says_so(broken: tuple[Everything, str], name: str) -> None:
    world, fault = broken
    needs, call = METHODS[name]
    asked = len(world.things_asked())
    if needs is Needs.NOTHING or (needs is Needs.READING and fault == LOCKED):
        call(world)
        return
    with pytest.raises(LogUnavailable):
        call(world)
    # What cannot be written down is not done either.
    assert len(world.things_asked()) == asked


def test_every_method_of_every_service_is_in_the_table() -> None:
    found = {
        f"{service.__name__}.{name}"
        for service in _services()
        for name, method in vars(service).items()
        if inspect.isfunction(method)
        and not name.startswith("_")
        # What is given a session is part of its caller's transaction.
        and "session" not in inspect.signature(method).parameters
    }
    assert found - set(METHODS) == set()
    assert set(METHODS) - found == {"PatientSearch.search", "PatientSearch.turn"}


def _services() -> Iterator[type]:
    """The classes that are given the log, or that write to it through the access log."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.endswith("__main__") or ".migrations" in module.name:
            continue
        # The composition root holds every service and is none.
        if module.name == "services.desk" or module.name.startswith("services.bootstrap"):
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(thing) and thing.__module__ == module.name and _stands_on_log(thing):
                yield thing


def _stands_on_log(thing: type) -> bool:
    parameters = inspect.signature(thing.__init__).parameters.values()
    return any(parameter.annotation in (Store, Audit) for parameter in parameters)
