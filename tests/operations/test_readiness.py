"""`/readyz`: a log that takes no writes, or a disk without room, is not ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from services.errors import LogUnavailable
from services.operations.disk import free_bytes, kept_in
from services.operations.readiness import LEAST_FREE_BYTES, Readiness
from services.settings import Settings
from services.store import Store
from services.store.tables import AuditEvent

HERE = [Path()]


@pytest.fixture
def read_only(store: Store) -> Iterator[Store]:
    """A log that can be read, and refuses to be written."""
    refuse = {
        "sqlite": "PRAGMA query_only = ON",
        "postgresql": "SET default_transaction_read_only = on",
    }[store.engine.dialect.name]

    def prepare(connection: object, _record: object, *_more: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(refuse)
        connection.commit()  # type: ignore[attr-defined]

    store.engine.dispose()
    sa.event.listen(store.engine, "checkout", prepare)
    yield store
    sa.event.remove(store.engine, "checkout", prepare)


def test_a_log_with_room_is_ready_and_stays_as_it_was(store: Store) -> None:
    assert Readiness(store, HERE, lambda _: LEAST_FREE_BYTES).is_ready()
    with store.read() as session:
        assert session.exec(select(AuditEvent)).all() == []


def test_a_log_that_takes_no_writes_is_not_ready(read_only: Store) -> None:
    with pytest.raises(LogUnavailable):
        Readiness(read_only, HERE).is_ready()


def test_a_full_disk_is_not_ready(store: Store) -> None:
    folders = [Path("data"), Path("log")]
    room = {folders[0]: LEAST_FREE_BYTES, folders[1]: LEAST_FREE_BYTES - 1}
    assert not Readiness(store, folders, room.__getitem__).is_ready()


def test_a_log_that_is_not_migrated_is_not_ready(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not Readiness(store, []).is_ready()
    store.close()


def test_a_log_that_is_gone_is_not_ready() -> None:
    gone = Store("postgresql+psycopg://someone@localhost:1/log")
    with pytest.raises(LogUnavailable):
        Readiness(gone, HERE).is_ready()


def test_room_is_looked_for_wherever_something_is_written(tmp_path: Path) -> None:
    log = tmp_path / "log" / "desk.db"
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url=f"sqlite:///{log}")  # type: ignore[call-arg]
    assert kept_in(settings) == [tmp_path / "data", tmp_path / "log"]
    elsewhere = Settings(_env_file=None, database_url="postgresql+psycopg://h/log")  # type: ignore[call-arg]
    assert kept_in(elsewhere) == [Path("data")]


def test_room_is_known_before_the_folder_is_made(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0
