"""The sandbox's database: one SQLite file; documents are JSON, beside columns that are searched."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facility (id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS patient (
    id TEXT PRIMARY KEY,
    external_id TEXT,
    dob TEXT NOT NULL,
    trouble TEXT,
    version INTEGER NOT NULL DEFAULT 0,
    searched TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS patient_external_id ON patient (external_id);
CREATE INDEX IF NOT EXISTS patient_dob ON patient (dob);
CREATE TABLE IF NOT EXISTS patient_facility (
    facility_id TEXT NOT NULL, patient_id TEXT NOT NULL, PRIMARY KEY (facility_id, patient_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS network_query (
    request_id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL,
    started_at REAL NOT NULL,
    errors TEXT NOT NULL DEFAULT '[]',
    answer TEXT
);
CREATE TABLE IF NOT EXISTS source_run (
    request_id TEXT NOT NULL,
    type TEXT NOT NULL,
    provider TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at REAL NOT NULL,
    completes_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS source_run_request ON source_run (request_id);
CREATE TABLE IF NOT EXISTS consolidated_query (
    request_id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    started_at REAL NOT NULL,
    completes_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS consolidated_query_patient
    ON consolidated_query (patient_id, started_at);
CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    due_at REAL NOT NULL,
    type TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    content TEXT NOT NULL,
    body BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX IF NOT EXISTS message_state ON message (state, due_at);
CREATE TABLE IF NOT EXISTS hosted_page (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    patient_id TEXT NOT NULL,
    identity_id TEXT,
    redirect_url TEXT NOT NULL,
    metadata TEXT NOT NULL,
    method TEXT,
    expires_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    browser TEXT,
    wrong_codes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS proofed_identity (
    id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active',
    totp_secret TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS aal2_session (
    id TEXT PRIMARY KEY,
    identity_id TEXT NOT NULL,
    expires_at REAL NOT NULL,
    used_at REAL
);
"""

_CONTENT_PLACE = 6


class Store:
    """One SQLite connection, shared by all threads under one lock."""

    def __init__(self, database: Path) -> None:
        """Open `database`; creates the file and its tables if they are missing."""
        database.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        # Autocommit: the module would otherwise begin transactions of its own beside `writing`.
        self._connection = sqlite3.connect(
            database, isolation_level=None, check_same_thread=False, timeout=10
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A crash of the machine may lose the last commits of a sandbox; the file stays sound.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._rename_message_content()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of an SQL query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of an SQL query, or None."""
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reading rows one by one; nobody writes meanwhile."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: it commits at the end and rolls back on any exception. Does not nest."""
        with self._lock:
            # Takes the write lock at once: a later upgrade from a read lock could fail as busy.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rename_message_content(self) -> None:
        """Give the column `message.content` its name, in a file that an older version made.

        Only its name has changed since; it is found by its place.
        """
        columns = [row["name"] for row in self.rows("PRAGMA table_info(message)")]
        if "content" not in columns:
            sql = f"ALTER TABLE message RENAME COLUMN {columns[_CONTENT_PLACE]} TO content"
            self._connection.execute(sql)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            self._connection.close()
