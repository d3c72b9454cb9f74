"""The ways to the numbers of the charts; each is measured in a process of its own.

    python -m tests.benchmarks.whole_history.ways WAY LOG

prints for each chart the milliseconds of the first time and the median of the others, on the clock
and of the processor, and the peak memory of the process, as one line of JSON.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.clock import utc_now
from services.outcomes.log_export.export import LogExport
from services.outcomes.log_export.reading import Months
from services.staff.audit import Audit, Stranger
from services.store import Store
from tests.benchmarks.whole_history.charts import CHARTS, Chart, Charts
from tests.staff_members import AlwaysSignedIn

_MONTHS = {"sqlite": "substr(moment, 1, 7)", "postgresql": "date_trunc('month', moment)"}
_SECONDS = {
    "sqlite": "86400 * (julianday(s.completed_at) - julianday(s.started_at))",
    "postgresql": "extract(epoch FROM s.completed_at - s.started_at)",
}
_MEASURES = {
    "count": "count(*)",
    "people": "count(DISTINCT patient_id)",
    "seconds": "count(*), avg(seconds), max(seconds)",
}
Answer = Callable[[Chart], object]


@contextmanager
def _by_rollups(url: str) -> Iterator[Answer]:
    """As the pages do it. At first everything is new: the connection, and the file's pages."""
    known: dict[str, Charts] = {}

    def draw(chart: Chart) -> object:
        if chart.name not in known:
            known.clear()
            _forget_pages(url)
            known[chart.name] = Charts(Store(url), _end_of(url))
        return chart.draw(known[chart.name])

    yield draw


@contextmanager
def _by_sql(url: str) -> Iterator[Answer]:
    """The plain aggregate over the log."""
    store = Store(url)
    name = store.engine.dialect.name

    def ask(chart: Chart) -> object:
        with store.engine.connect() as connection:
            return connection.exec_driver_sql(_aggregate(chart, name)).fetchall()

    yield ask
    store.close()


@contextmanager
def _by_pandas(url: str) -> Iterator[Answer]:
    """Reading the rows into a frame, and grouping there."""
    store = Store(url)
    seconds = _SECONDS[store.engine.dialect.name]

    def ask(chart: Chart) -> object:
        with store.engine.connect() as connection:
            frame = pd.read_sql_query(sa.text(chart.raw.format(seconds=seconds)), connection)
        months = pd.to_datetime(frame["moment"], format="ISO8601", utc=True).dt.strftime("%Y-%m")
        groups = frame.groupby([months, *chart.by], dropna=False)
        if chart.measure == "people":
            return groups["patient_id"].nunique()
        return groups.size() if chart.measure == "count" else groups["seconds"].quantile([0.5, 0.9])

    yield ask
    store.close()


@contextmanager
def _by_duckdb(url: str) -> Iterator[Answer]:
    """DuckDB over the files of `export-log`, which are made before and are not measured."""
    import duckdb

    with closing(duckdb.connect()) as database, tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "log"
        store = Store(url)
        audit = Audit(store, utc_now, AlwaysSignedIn())
        LogExport(store, audit, utc_now).make(Stranger("benchmark", "Benchmark"), folder, Months())
        store.close()
        for table in (path for path in folder.iterdir() if path.is_dir()):
            files = f"read_parquet('{table}/*/*.parquet')"
            database.execute(f"CREATE VIEW {table.name} AS SELECT * FROM {files}")

        yield lambda chart: database.execute(_aggregate(chart, "postgresql")).fetchall()


_WAYS = {
    "rollups": (_by_rollups, 7),
    "sql": (_by_sql, 1),
    "duckdb": (_by_duckdb, 3),
    "pandas": (_by_pandas, 1),
}
"""The ways, and how often each chart is asked for after the first time."""


def _aggregate(chart: Chart, dialect: str) -> str:
    raw = chart.raw.format(seconds=_SECONDS[dialect])
    groups = ", ".join([_MONTHS[dialect], *chart.by])
    measures = _MEASURES[chart.measure]
    return f"SELECT {groups}, {measures} FROM ({raw}) AS made GROUP BY {groups}"


def _forget_pages(url: str) -> None:
    """Have the file read from the disk again, where the log is one."""
    path = sa.make_url(url).database or ""
    if not url.startswith("sqlite"):
        return
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _end_of(url: str) -> datetime:
    """When the newest query was submitted: the present of a made log."""
    store = Store(url)
    with store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT max(submitted_at) FROM network_query").scalar()
    store.close()
    at = datetime.fromisoformat(str(found))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def measure(way: str, url: str) -> dict[str, Any]:
    """The times of each chart, and the peak memory in megabytes."""
    opened, times = _WAYS[way]
    found: dict[str, Any] = {"before": _peak()}
    with opened(url) as answer:
        for chart in CHARTS:
            try:
                found[chart.name] = _times_of(lambda chart=chart: answer(chart), times)
            except Exception as error:
                # One chart that fails does not hide the figures of the others.
                found[chart.name] = {"failed": f"{type(error).__name__}: {error}"[:300]}
    return found | {"peak": _peak()}


def _times_of(ask: Callable[[], object], times: int) -> dict[str, float]:
    clock, processor = [], []
    for _ in range(times + 1):
        began, worked = time.perf_counter(), time.process_time()
        ask()
        clock.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - worked))
    return {
        "cold": clock[0], "warm": median(clock[1:]), "processor": median(processor[1:]),
        "least": min(clock[1:]),
    }  # fmt: skip


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], sys.argv[2])) + "\n")
