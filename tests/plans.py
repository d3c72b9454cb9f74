"""How the databases carry out what a service asks of them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from services.store import Store


def plans_of(store: Store, call: Callable[[], object]) -> list[str]:
    """The plan steps of every SELECT that `call` sends, as in "SEARCH bulk_run USING INDEX …".

    SQLite chooses by its indexes alone, for the log carries no statistics: an empty log has the
    plans of a full one. PostgreSQL would read an empty table whole, and is kept from it where an
    index can serve, as in "Index Scan using … on bulk_run".
    """
    sent: list[tuple[str, Any]] = []

    def collect(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", collect)
    try:
        call()
    finally:
        event.remove(store.engine, "before_cursor_execute", collect)
    explain = "EXPLAIN QUERY PLAN"
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "postgresql":
            explain = "EXPLAIN"
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            str(row[-1]).strip("-> ")
            for statement, parameters in sent
            for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
        ]


def assert_no_scan(plan: list[str]) -> None:
    """Every table is entered by an index or its key."""
    assert plan
    scans = [step for step in plan if step.startswith(("SCAN", "Seq Scan"))]
    assert not scans, plan
