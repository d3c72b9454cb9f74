"""What the rollups add to writing an outcome, and how fast they are folded.

    python -m tests.benchmarks.folding

An outcome is a transaction that finds a query and its sources and writes how they ended. It is
written as it is, and without the note of what the query was counted by before, taking turns, so
that a busy machine slows both. Then what waits is folded, and what that costs for each outcome is
told beside. On SQLite on the disk of the temporary folder, then on PostgreSQL.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any

import click
from sqlalchemy import insert

from services.clock import utc_now
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.rollups.folding import Folding
from services.queries.sources import sources_of
from services.store import Store, log_change
from services.store.tables import NetworkQuery, QuerySource
from tests.benchmarks.databases import postgresql_log, sqlite_log

_QUERIES = 2_000
_TIMES = 600
_SOURCES = ("hie", "lab", "pharmacy")


def main() -> None:
    """Measure on both databases, and print a table for each."""
    for name, opened in {"SQLite": sqlite_log, "PostgreSQL": postgresql_log}.items():
        with opened() as store:
            _fill(store)
            folding = Folding(store, PeopleCounting())
            folding.finish()
            without, as_it_is = _measure(store)
            seconds, folded = _time_folding(folding)
        per_outcome = 1000 * seconds / folded
        click.echo(f"{name}: an outcome, median of {_TIMES}")
        click.echo(f"  without the note   {without:8.2f} ms")
        click.echo(f"  as it is           {as_it_is:8.2f} ms   {as_it_is / without:5.2f} times")
        click.echo(f"  folding, for each  {per_outcome:8.2f} ms   {folded / seconds:,.0f} a second")
        together = as_it_is + per_outcome
        click.echo(f"  together           {together:8.2f} ms   {together / without:5.2f} times")


def _fill(store: Store) -> None:
    now = utc_now()
    queries = [
        {
            "id": f"q-{number}", "patient_id": f"p-{number % 700}", "purpose": "treatment",
            "facility_id": f"f-{number % 20}", "origin": "dashboard", "status": "processing",
            "requested": "", "checks": 0, "submitted_at": now - timedelta(minutes=number),
        }
        for number in range(_QUERIES)
    ]  # fmt: skip
    sources = [
        {
            "query_id": query["id"], "type": kind, "attempt": 1, "status": "processing",
            "submitted_at": query["submitted_at"], "started_at": query["submitted_at"],
        }
        for query in queries
        for kind in _SOURCES
    ]  # fmt: skip
    with store.write() as session:
        session.connection().execute(insert(NetworkQuery), queries)
        session.connection().execute(insert(QuerySource), sources)


def _measure(store: Store) -> tuple[float, float]:
    """Milliseconds without the note, and as it is."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * _TIMES):
        with_note = number % 2 == 0
        with _noting(with_note):
            began = time.perf_counter()
            _write_outcome(store, f"q-{number % _QUERIES}", number)
            times[with_note].append(1000 * (time.perf_counter() - began))
    return median(times[False]), median(times[True])


def _write_outcome(store: Store, query_id: str, number: int) -> None:
    with store.write() as session:
        query = session.get_one(NetworkQuery, query_id, with_for_update=True)
        for row in sources_of(session, query.id):
            row.status = ("completed", "failed")[number % 2]
            row.completed_at = query.submitted_at + timedelta(seconds=number % 500)
        query.status, query.finished_at = "completed", utc_now()


@contextmanager
def _noting(with_note: bool) -> Iterator[None]:
    kept: Callable[..., Any] = log_change._keep_before
    if not with_note:
        log_change._keep_before = lambda *_: None
    try:
        yield
    finally:
        log_change._keep_before = kept


def _time_folding(folding: Folding) -> tuple[float, int]:
    """Seconds, and the number of outcomes that were folded."""
    began = time.perf_counter()
    while folding.fold():
        pass
    return time.perf_counter() - began, 2 * _TIMES


if __name__ == "__main__":
    main()
