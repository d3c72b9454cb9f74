"""How long the IAS audit takes over ten years, by the number of judged queries.

    python -m tests.benchmarks.ias_audit [sqlite | postgresql] [queries …]

The figures and the trend are read from the counts of 3,653 days, whatever the number of queries,
and a page of the list from an index. Each number is beside that of the smallest log, from the same
run.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert

from services.clock import utc_now
from services.compliance.audit_figures import read_figures, read_trend
from services.compliance.audit_filters import AuditFilters, Scope
from services.compliance.evidence.evidence import Severity
from services.store import Store
from services.store.tables import Assessment, AssessmentDay, Finding
from tests.benchmarks.databases import postgresql_log, sqlite_log

_SIZES = (10_000, 1_000_000)
_DAYS = 3653
_BATCH = 10_000
_RULES = [f"rule_{number}" for number in range(20)]
_LOGS = {"sqlite": sqlite_log, "postgresql": postgresql_log}
_REPEATS = 5


def _severity(number: int) -> int:
    """Of a hundred queries one is serious, three are warnings, six have a notice."""
    return 3 if number % 100 == 0 else 2 if number % 33 == 0 else 1 if number % 16 == 0 else 0


def _rows(first: int, number: int, began: datetime) -> Iterator[dict[str, Any]]:
    step = timedelta(days=_DAYS) / number
    for one in range(first, min(first + _BATCH, number)):
        severity = _severity(one)
        yield {
            "subject": f"0191b878-d0c4-7d82-8960-{one:012}", "kind": "query", "purpose": "ias",
            "patient_id": f"0191b878-d0c4-7d82-8961-{one % 200_000:012}",
            "actor_id": f"https://idp#{one % 40}", "actor": "Sam Support", "at": began + step * one,
            "rules_version": "2", "present": 9 if severity else 10, "applicable": 10,
            "severity": severity, "missing": ["consent"] if severity else [],
            "findings": [_RULES[one % 20]] if severity else [], "assessed_at": began,
            "due_at": None,
        }  # fmt: skip


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    subject = row["subject"]
    return {
        "id": subject, "subject": subject, "rule": row["findings"][0], "rules_version": "2",
        "severity": row["severity"], "at": row["at"], "found_at": row["at"], "gone_at": None,
    }  # fmt: skip


def fill(store: Store, number: int, today: date) -> None:
    """Write the judgements of so many queries over ten years, and the counts of their days."""
    began = utc_now() - timedelta(days=_DAYS)
    whats = ["ias", "complete", "present", "applicable", "severity 1", "severity 2", "severity 3"]
    whats += [f"rule {rule}" for rule in _RULES]
    days = [
        {"day": today - timedelta(days=day), "what": what, "number": 1 + number // _DAYS}
        for day in range(_DAYS)
        for what in whats
    ]
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(AssessmentDay), days)
    for first in range(0, number, _BATCH):
        rows = list(_rows(first, number, began))
        with store.engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(Assessment), rows)
            connection.execute(insert(Finding), [_finding(row) for row in rows if row["findings"]])
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def _measured(store: Store, today: date) -> dict[str, float]:
    since = today - timedelta(days=_DAYS - 1)
    all_of_it = AuditFilters(since=since, until=today)
    lists = {
        "findings": all_of_it,
        "serious": AuditFilters(since, today, severities=(Severity.SERIOUS,)),
        "one rule": AuditFilters(since, today, rule="rule_0"),
        "incomplete": AuditFilters(since, today, scope=Scope.INCOMPLETE),
        "all": AuditFilters(since, today, scope=Scope.ALL),
        "one member": AuditFilters(since, today, actor_id="https://idp#0"),
        "one person": AuditFilters(patient_id="0191b878-d0c4-7d82-8961-000000000000"),
    }
    calls: dict[str, Callable[[Any], Any]] = {
        "figures": lambda session: read_figures(session, since, today),
        "trend": lambda session: read_trend(session, since, today),
    }
    calls |= {name: partial(_page, filters) for name, filters in lists.items()}
    return {name: _seconds(store, call) for name, call in calls.items()}


def _page(filters: AuditFilters, session: Any) -> None:
    assert filters.page(session, None).rows


def _seconds(store: Store, call: Callable[[Any], Any]) -> float:
    """The least of several tries: the machine is busy with other things too."""
    took = []
    for _ in range(_REPEATS):
        with store.read() as session:
            began = time.perf_counter()
            call(session)
            took.append(time.perf_counter() - began)
    return min(took)


def measure(database: str, sizes: list[int]) -> None:
    """Print the figures of one database."""
    first: dict[str, float] = {}
    today = utc_now().date()
    for size in sizes:
        with _LOGS[database]() as store:
            fill(store, size, today)
            found = _measured(store, today)
        first = first or found
        for name, seconds in found.items():
            ratio = seconds / first[name]
            print(  # noqa: T201
                f"{database:11}{size:10,} queries  {name:11}{seconds * 1000:8.1f} ms {ratio:6.2f} x"
            )


if __name__ == "__main__":
    for chosen in sys.argv[1:2] or list(_LOGS):
        measure(chosen, [int(size) for size in sys.argv[2:]] or list(_SIZES))
