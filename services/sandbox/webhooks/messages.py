"""The webhook messages of the sandbox, each kept with its delivery status."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.ids import new_id
from services.sandbox.store import Store


class State(StrEnum):
    """`scheduled` until due, then `waiting` for delivery, then `delivered` or `failed`.

    A `lost` message is never delivered.
    """

    SCHEDULED = "scheduled"
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True)
class Message:
    """One webhook; its body is written from `content` when it is due (`due_at` is aware UTC)."""

    type: str
    due_at: datetime
    patient_id: str
    request_id: str
    content: dict[str, Any]
    id: str = ""
    body: bytes = field(default=b"", repr=False)


_COUNT = "SELECT count(*) AS found FROM message WHERE state = ?"


class Messages:
    """Owner of the table `message`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def schedule(self, messages: Iterable[Message], now: datetime) -> None:
        """Add messages to deliver later; `now` (aware) makes their ids."""
        rows = [_row(message, now) for message in messages]
        with self._store.writing() as db:
            sql = """INSERT INTO message (id, state, due_at, type, patient_id, request_id, content)
                     VALUES (?, ?, ?, ?, ?, ?, ?)"""
            db.executemany(sql, rows)

    def due(self, now: datetime) -> list[Message]:
        """The scheduled messages whose time has come, oldest first."""
        sql = "SELECT * FROM message WHERE state = ? AND due_at <= ? ORDER BY due_at, rowid"
        return [_message(row) for row in self._store.rows(sql, (State.SCHEDULED, now.timestamp()))]

    def waiting(self) -> list[Message]:
        """The messages to deliver now, oldest first."""
        sql = "SELECT * FROM message WHERE state = ? ORDER BY due_at, rowid"
        return [_message(row) for row in self._store.rows(sql, (State.WAITING,))]

    def count(self, state: State) -> int:
        """How many messages are in a state."""
        row = self._store.row(_COUNT, (state,))
        return int(row["found"]) if row else 0

    def write(self, message: Message, body: bytes) -> None:
        """Keep the body of a due message, which waits for delivery from now on."""
        self._set("state = ?, body = ?", (State.WAITING, body), message)

    def lose(self, message: Message) -> None:
        """Never deliver this message."""
        self._set("state = ?", (State.LOST,), message)

    def settle(self, message: Message, error: str | None) -> None:
        """Keep the result of a delivery; `error` is None if the receiver accepted it."""
        state = State.FAILED if error else State.DELIVERED
        self._set("state = ?, error = ?, attempts = attempts + 1", (state, error), message)

    def retry_failed(self) -> None:
        """Put the failed messages back among those that wait for delivery."""
        with self._store.writing() as db:
            sql = "UPDATE message SET state = ? WHERE state = ?"
            db.execute(sql, (State.WAITING, State.FAILED))

    def _set(self, columns: str, values: tuple[Any, ...], message: Message) -> None:
        with self._store.writing() as db:
            db.execute(f"UPDATE message SET {columns} WHERE id = ?", (*values, message.id))


def _row(message: Message, now: datetime) -> tuple[str | float, ...]:
    return (
        new_id(now),
        State.SCHEDULED,
        message.due_at.timestamp(),
        message.type,
        message.patient_id,
        message.request_id,
        json.dumps(message.content),
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        type=row["type"],
        due_at=datetime.fromtimestamp(row["due_at"], UTC),
        patient_id=row["patient_id"],
        request_id=row["request_id"],
        content=json.loads(row["content"]),
        id=row["id"],
        body=row["body"] or b"",
    )
