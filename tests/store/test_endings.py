"""Ids are found by their last characters, by an index on each database."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from services.ids import new_id
from services.store import Store
from services.store.endings import ids_ending
from services.store.tables import NetworkQuery, UpstreamCall, WebhookEvent
from tests.clock import FakeClock
from tests.plans import plans_of

COLUMNS = (
    NetworkQuery.id,
    NetworkQuery.request_id,
    NetworkQuery.patient_id,
    WebhookEvent.id,
    WebhookEvent.request_id,
    WebhookEvent.patient_id,
    UpstreamCall.id,
)


def add_queries(store: Store, *patient_ids: str) -> None:
    now = FakeClock()()
    with store.write() as session:
        for patient_id in patient_ids:
            session.add(
                NetworkQuery(
                    id=new_id(now),
                    patient_id=patient_id,
                    purpose="treatment",
                    origin="external",
                    status="completed",
                    submitted_at=now,
                )
            )


def test_the_different_ids_with_an_ending_are_found(store: Store) -> None:
    add_queries(store, "a-12345678", "b-12345678", "a-12345678", "b-12345679", "5678", "12345678")
    with store.read() as session:
        found = ids_ending(session, NetworkQuery.patient_id, "12345678", 9)
        assert found == ["12345678", "a-12345678", "b-12345678"]
        assert ids_ending(session, NetworkQuery.patient_id, "12345678", 2) == found[:2]
        assert ids_ending(session, NetworkQuery.patient_id, "no-such1", 9) == []


def test_each_column_has_an_index_for_it(store: Store) -> None:
    """PostgreSQL is kept from reading small tables as a whole, which costs nothing there."""
    for column in COLUMNS:
        index = f"ix_{column.table.name}_{column.name}_ending"  # type: ignore[attr-defined]
        assert any(index in step for step in plan_of(store, column)), index


def plan_of(store: Store, column: object) -> list[str]:
    def look() -> None:
        with store.read() as session:
            ids_ending(session, column, "12345678", 9)

    if store.engine.dialect.name == "sqlite":
        return plans_of(store, look)
    sent: list[tuple[str, object]] = []

    def collect(
        _c: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        sent.append((statement, parameters))

    sa.event.listen(store.engine, "before_cursor_execute", collect)
    look()
    sa.event.remove(store.engine, "before_cursor_execute", collect)
    statement, parameters = sent[-1]
    with store.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [str(row[0]) for row in rows]


def test_the_migrations_make_these_indexes_as_the_tables_have_them(sqlite_store: Store) -> None:
    """SQLAlchemy cannot compare them on SQLite."""
    made = Store("sqlite://")
    SQLModel.metadata.create_all(made.engine)
    assert _indexes(sqlite_store) == _indexes(made) != {}
    made.close()


def _indexes(store: Store) -> dict[str, str]:
    wanted = "SELECT name, sql FROM sqlite_master WHERE name LIKE '%_ending'"
    with store.engine.connect() as connection:
        return {row.name: row.sql for row in connection.exec_driver_sql(wanted)}
