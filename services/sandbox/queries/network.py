"""The network queries that the sandbox keeps: those that were started, and past ones."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.sandbox.answers import wire_time
from services.sandbox.history.queries import PastQuery
from services.sandbox.queries.sources import SourceRun, by_type, query_status
from services.sandbox.store import Store


@dataclass(frozen=True)
class Started:
    """A network query as it was started; `errors` holds the sources that could not be started."""

    request_id: str
    patient_id: str
    started_at: datetime
    runs: list[SourceRun]
    errors: list[dict[str, Any]]

    def answer(self, now: datetime) -> dict[str, Any]:
        """The wire form at `now` (aware); an empty `errors` is left out, as the vendor does."""
        found = {
            "requestId": self.request_id,
            "startedAt": wire_time(self.started_at),
            "status": query_status(self.runs, now),
            "sources": by_type(self.runs, now),
        }
        return found | ({"errors": self.errors} if self.errors else {})


class NetworkQueries:
    """Owner of the tables `network_query` and `source_run`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def fill(self, past: Iterable[PastQuery]) -> None:
        """Add past queries to an empty sandbox."""
        # A start that was refused has no request id, and upstream keeps nothing of it.
        rows = [
            (
                query.request_id,
                query.patient_id,
                query.submitted_at.timestamp(),
                json.dumps(query.answer),
            )
            for query in past
            if query.request_id
        ]
        with self._store.writing() as db:
            db.executemany("INSERT INTO network_query VALUES (?, ?, ?, '[]', ?)", rows)

    def add(self, started: Started) -> None:
        """Add a query that was started."""
        key = (started.request_id, started.patient_id, started.started_at.timestamp())
        with self._store.writing() as db:
            errors = json.dumps(started.errors)
            db.execute("INSERT INTO network_query VALUES (?, ?, ?, ?, NULL)", (*key, errors))
            rows = [_row(started.request_id, run) for run in started.runs]
            db.executemany("INSERT INTO source_run VALUES (?, ?, ?, ?, ?, ?)", rows)

    def answer(self, request_id: str, now: datetime) -> dict[str, Any] | None:
        """What a status call answers at `now` (aware), or None for an unknown query."""
        row = self._store.row("SELECT * FROM network_query WHERE request_id = ?", (request_id,))
        if row is None:
            return None
        # Past queries are finished, so their answer is kept as it is.
        if row["answer"]:
            found: dict[str, Any] = json.loads(row["answer"])
            return found
        return self._started(row).answer(now)

    def _started(self, row: sqlite3.Row) -> Started:
        sql = "SELECT * FROM source_run WHERE request_id = ? ORDER BY rowid"
        runs = [_run(source) for source in self._store.rows(sql, (row["request_id"],))]
        return Started(
            row["request_id"],
            row["patient_id"],
            _time(row["started_at"]),
            runs,
            json.loads(row["errors"]),
        )


def _row(request_id: str, run: SourceRun) -> tuple[str | float, ...]:
    return (
        request_id,
        run.type,
        run.provider,
        run.outcome,
        run.started_at.timestamp(),
        run.completes_at.timestamp(),
    )


def _run(row: sqlite3.Row) -> SourceRun:
    return SourceRun(
        row["type"],
        row["provider"],
        row["outcome"],
        _time(row["started_at"]),
        _time(row["completes_at"]),
    )


def _time(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
