"""The consolidated data queries that the sandbox keeps."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.sandbox.answers import wire_time
from services.sandbox.records.clinical import Selection
from services.sandbox.store import Store


@dataclass(frozen=True)
class ConsolidatedQuery:
    """One consolidated data query; `parameters` holds the wire parameters that were given.

    It is `processing` until `completes_at` (aware UTC), then `completed`: here it never fails.
    """

    request_id: str
    patient_id: str
    parameters: dict[str, str]
    started_at: datetime
    completes_at: datetime

    def answer(self, now: datetime) -> dict[str, Any]:
        """The wire form at `now` (aware)."""
        status = "completed" if now >= self.completes_at else "processing"
        started = {"startedAt": wire_time(self.started_at)}
        return {"requestId": self.request_id, "status": status} | started | self.parameters

    @property
    def conversion_type(self) -> str:
        """`json`, `pdf` or `html`."""
        return self.parameters["conversionType"]

    @property
    def selection(self) -> Selection:
        """Which resources it asks for."""
        resources = self.parameters.get("resources")
        return Selection(
            resources.split(",") if resources else None,
            _day(self.parameters.get("dateFrom")),
            _day(self.parameters.get("dateTo")),
        )


class ConsolidatedQueries:
    """Owner of the table `consolidated_query`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, query: ConsolidatedQuery) -> ConsolidatedQuery:
        """Add `query`, or return the one in progress that has the same patient and parameters."""
        with self._store.writing() as db:
            sql = """SELECT * FROM consolidated_query
                     WHERE patient_id = ? AND parameters = ? AND completes_at > ?"""
            parameters = json.dumps(query.parameters, sort_keys=True)
            started = query.started_at.timestamp()
            row = db.execute(sql, (query.patient_id, parameters, started)).fetchone()
            if row:
                return _query(row)
            key = (query.request_id, query.patient_id, parameters)
            times = (started, query.completes_at.timestamp())
            db.execute("INSERT INTO consolidated_query VALUES (?, ?, ?, ?, ?)", (*key, *times))
            return query

    def get(self, request_id: str) -> ConsolidatedQuery | None:
        """One query, or None."""
        sql = "SELECT * FROM consolidated_query WHERE request_id = ?"
        row = self._store.row(sql, (request_id,))
        return _query(row) if row else None

    def of(self, patient_id: str) -> list[ConsolidatedQuery]:
        """All queries of a patient, newest first."""
        sql = "SELECT * FROM consolidated_query WHERE patient_id = ? ORDER BY started_at DESC"
        return [_query(row) for row in self._store.rows(sql, (patient_id,))]


def _query(row: sqlite3.Row) -> ConsolidatedQuery:
    return ConsolidatedQuery(
        row["request_id"],
        row["patient_id"],
        json.loads(row["parameters"]),
        datetime.fromtimestamp(row["started_at"], UTC),
        datetime.fromtimestamp(row["completes_at"], UTC),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
