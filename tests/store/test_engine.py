"""Transactions, and what stops at the door of the database."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel, select

from services.errors import LogRefused, LogUnavailable
from services.store import Duplicate, Store
from services.store.migrate import is_current, migrate
from services.store.tables import NetworkQuery

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)


def _query(query_id: str = "q1", **fields: object) -> NetworkQuery:
    given = {
        "id": query_id,
        "patient_id": "p1",
        "purpose": "treatment",
        "origin": "dashboard",
        "status": "processing",
        "submitted_at": NOW,
    }
    return NetworkQuery(**(given | fields))


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as session:
        session.add(_query())
        session.flush()
        raise RuntimeError
    with store.read() as session:
        assert session.get(NetworkQuery, "q1") is None


def test_a_unique_value_stands_once(store: Store) -> None:
    with store.write() as session:
        session.add(_query(request_id="r1"))
    with pytest.raises(Duplicate), store.write() as session:
        session.add(_query("q2", request_id="r1"))


def test_many_rows_may_wait_for_their_request_id(store: Store) -> None:
    with store.write() as session:
        session.add_all([_query("q1"), _query("q2")])
    with store.read() as session:
        assert len(session.exec(select(NetworkQuery)).all()) == 2


def test_times_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    elsewhere = NOW.astimezone(tz=datetime.now().astimezone().tzinfo) + timedelta(0)
    with store.write() as session:
        session.add(_query(started_at=elsewhere))
    with store.read() as session:
        query = session.get_one(NetworkQuery, "q1")
    assert query.started_at == NOW
    assert query.started_at is not None and query.started_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without a zone"), store.write() as session:
        session.add(_query(started_at=datetime(2026, 1, 1)))


@pytest.mark.parametrize(
    ("said", "kept"),
    [("a\x00b", "a�b"), ("\ud800", "?"), ("x" * 5000, "x" * 100), ("Ünïcode", "Ünïcode")],
)
def test_words_from_outside_are_made_storable(store: Store, said: str, kept: str) -> None:
    with store.write() as session:
        session.add(_query(facility_id=said))
    with store.read() as session:
        found = session.exec(select(NetworkQuery).where(NetworkQuery.facility_id == said)).one()
    assert found.facility_id == kept


def test_the_log_keeps_foreign_keys(store: Store) -> None:
    insert = "INSERT INTO query_source (query_id, type, attempt, status) VALUES ('no','hie',1,'x')"
    with pytest.raises(LogRefused), store.write() as session:
        session.connection().execute(sa.text(insert))


def test_a_database_that_is_gone_is_unavailable_without_its_words() -> None:
    gone = Store("postgresql+psycopg://someone:secret@localhost:1/log")
    with pytest.raises(LogUnavailable) as caught:
        gone.ping()
    assert "secret" not in str(caught.value)


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    with store.write() as session:
        session.add(_query())
    with store.write() as session:
        query = session.exec(select(NetworkQuery).with_for_update()).one()
        query.checks = 1
        session.add(query)
    with store.read() as session:
        assert session.exec(select(NetworkQuery)).one().checks == 1


# Those are compared in test_endings.py: SQLAlchemy does not read them back from SQLite.
@pytest.mark.filterwarnings("ignore:.* expression-based index")
def test_migrations_make_exactly_the_tables(store: Store) -> None:
    assert is_current(store.engine)
    migrate(store.engine)
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []
