"""How long the verification of the access log takes, and how much memory, by the log's size.

    python -m tests.benchmarks.verifying [sqlite | postgresql] [events …]

Each size is verified in a process of its own, whose peak memory is printed beside that of a process
that verifies an empty log.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from services.clock import utc_now
from services.staff.proof.anchors import Anchors
from services.staff.proof.signing import SigningKeys
from services.staff.proof.verification import Verdict, verify_log
from services.store import Store
from services.store.audit_chain import BEGINNING, hash_event
from services.store.tables import AuditEvent, AuditHead, AuditSubject
from tests.benchmarks.databases import postgresql_log, sqlite_log

_SIZES = (0, 100_000, 1_000_000)
_BATCH = 10_000
_KEYS = SigningKeys(["A" * 43])
_LOGS = {"sqlite": sqlite_log, "postgresql": postgresql_log}


def _events(first: int, previous_hash: str) -> Iterator[dict[str, Any]]:
    """Looks as support staff leave them; chained here, because the program writes one at a time."""
    began = utc_now() - timedelta(days=365)
    for seq in range(first, first + _BATCH):
        row: dict[str, Any] = {
            "seq": seq, "at": began + timedelta(seconds=seq), "actor_id": f"https://idp#{seq % 40}",
            "actor": "Sam Support", "role": "support", "session_id": f"session-{seq % 400}",
            "address": "192.0.2.7", "action": "query.view", "outcome": "done",
            "patient_id": f"0191b878-d0c4-7d82-8960-{seq % 10_000:012}", "object_kind": "query",
            "object_id": f"q-{seq}", "reason": None, "ticket": None,
            "details": {"page": seq % 7, "filter": "open"}, "imported": False,
            "previous_hash": previous_hash,
        }  # fmt: skip
        previous_hash = row["hash"] = hash_event(row, previous_hash)
        yield row


def fill(store: Store, events: int) -> None:
    """Write so many events, chained and anchored."""
    anchors, last = Anchors(store, utc_now, _KEYS, "benchmark"), BEGINNING
    for first in range(1, events + 1, _BATCH):
        rows = list(_events(first, last))
        last = rows[-1]["hash"]
        with store.engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(AuditEvent), rows)
            subjects = [{"seq": row["seq"], "patient_id": row["patient_id"]} for row in rows]
            connection.execute(insert(AuditSubject), subjects)
            connection.execute(update(AuditHead).values(seq=rows[-1]["seq"], hash=last))
        anchors.anchor()


def _verify(url: str) -> None:
    store = Store(url)
    began, worked = time.perf_counter(), time.process_time()
    *_, verdict = verify_log(store, _KEYS)
    seconds, own = time.perf_counter() - began, time.process_time() - worked
    assert isinstance(verdict, Verdict) and verdict.is_whole, verdict
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(  # noqa: T201
        f"{verdict.events:9,} events  {seconds:6.1f} s, processor {own:5.1f} s, "
        f"{peak:6.1f} MB at most"
    )
    store.close()


def measure(database: str, sizes: list[int]) -> None:
    """Print the figures of one database."""
    for size in sizes:
        with _LOGS[database]() as store:
            fill(store, size)
            url = store.engine.url.render_as_string(hide_password=False)
            print(f"{database:11}", end="", flush=True)  # noqa: T201
            subprocess.run([sys.executable, "-m", __spec__.name, "--verify", url], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--verify"]:
        _verify(sys.argv[2])
    else:
        for chosen in sys.argv[1:2] or list(_LOGS):
            measure(chosen, [int(size) for size in sys.argv[2:]] or list(_SIZES))
