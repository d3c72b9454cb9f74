"""Empties a log between the examples of a property, which share one database."""

from sqlmodel import SQLModel

from services.store import Store

_TABLES = (
    "query_source", "network_query", "test_person", "person_steps", "rollup", "log_change",
    "work_mark",
)  # fmt: skip


def empty_log(store: Store) -> None:
    """Delete every row that the rollups are made of or keep."""
    with store.write() as session:
        for name in _TABLES:
            session.connection().execute(SQLModel.metadata.tables[name].delete())
