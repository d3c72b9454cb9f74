"""How long the report of ten years takes, and how much memory, by the number of queries.

    python -m tests.benchmarks.period_report [sqlite | postgresql] [queries …]

For each query there are a judgement and an event of the access log. Each report is made in a
process of its own, whose peak memory is printed; it may have 300 MB, whatever the log's size.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from services.clock import utc_now
from services.compliance.packets.program import this_program
from services.compliance.reports.period_reports import PeriodReports, ReportForm
from services.settings import Settings
from services.staff.audit import Audit, Stranger
from services.staff.proof.signing import SigningKeys
from services.store import Store
from services.store.tables import NetworkQuery, ReviewItem
from tests.benchmarks import ias_audit, verifying
from tests.benchmarks.databases import postgresql_log, sqlite_log
from tests.staff_members import AlwaysSignedIn

MOST_MEGABYTES = 300

_SIZES = (10_000, 1_000_000)
_DAYS = 3652
_BATCH = 10_000
_STATUSES = ("completed", "completed", "completed", "partial", "failed", "rejected")
_LOGS = {"sqlite": sqlite_log, "postgresql": postgresql_log}


def _queries(first: int, number: int, began: datetime) -> Iterator[dict[str, Any]]:
    step = timedelta(days=_DAYS) / number
    for one in range(first, min(first + _BATCH, number)):
        yield {
            "id": f"0191b878-d0c4-7d82-8960-{one:012}", "patient_id": f"p-{one % 200_000}",
            "purpose": "ias" if one % 3 else "treatment", "origin": "dashboard", "requested": "hie",
            "status": _STATUSES[one % 6], "submitted_at": began + step * one, "checks": 1,
            "started_by_id": f"https://idp#{one % 40}", "started_by": "Sam Support",
        }  # fmt: skip


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "subject": row["id"], "kind": "query", "purpose": row["purpose"],
        "patient_id": row["patient_id"], "at": row["submitted_at"], "severity": 3,
        "findings": ["clocks"], "opened_at": row["submitted_at"], "status": "open",
        "decisions": 0, "openings": 1,
    }  # fmt: skip


def _fill(store: Store, number: int) -> None:
    began = utc_now() - timedelta(days=_DAYS)
    for first in range(0, number, _BATCH):
        rows = list(_queries(first, number, began))
        with store.engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(NetworkQuery), rows)
            connection.execute(insert(ReviewItem), [_item(row) for row in rows[::100]])
    verifying.fill(store, number)
    ias_audit.fill(store, number, utc_now().date())


def _make(url: str, form: ReportForm) -> None:
    store = Store(url)
    program = this_program(Settings(_env_file=None))  # type: ignore[call-arg]
    audit, keys = Audit(store, utc_now, AlwaysSignedIn()), SigningKeys(["A" * 43])
    reports = PeriodReports(store, audit, keys, program, utc_now)
    today = utc_now().date()
    began = time.perf_counter()
    made = reports.make_for_operator(
        Stranger("benchmark", "Benchmark"), today - timedelta(days=_DAYS), today, form
    )
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201
        f"{form.value:4} {seconds:6.1f} s, {peak:6.1f} MB at most, {len(made):,} bytes", flush=True
    )
    store.close()
    assert peak < MOST_MEGABYTES, peak


def measure(database: str, sizes: list[int]) -> None:
    """Print the figures of one database."""
    for size in sizes:
        with _LOGS[database]() as store:
            _fill(store, size)
            url = store.engine.url.render_as_string(hide_password=False)
            for form in ReportForm:
                print(f"{database:11} {size:9,} queries  ", end="", flush=True)  # noqa: T201
                command = [sys.executable, "-m", __spec__.name, "--make", url, form.value]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        _make(sys.argv[2], ReportForm(sys.argv[3]))
    else:
        for chosen in sys.argv[1:2] or list(_LOGS):
            measure(chosen, [int(size) for size in sys.argv[2:]] or list(_SIZES))
