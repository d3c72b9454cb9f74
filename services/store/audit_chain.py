"""The access log as a chain: each event carries the hash of the one before it.

Events are appended at the very end of the transaction of what they record: the head of the chain is
locked from then to the commit only, so that no writer waits while another one asks upstream.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, event
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, insert, select, update

from services.store.columns import OutsideText, storable
from services.store.log_change import NotingSession
from services.store.tables import AuditEvent, AuditHead, AuditSubject

BEGINNING = "0" * 64
"""What stands in place of a hash before the first event."""

FORM = 1
"""The number of the canonical form below; another form gets another number."""

HASHED = (
    "seq",
    "at",
    "actor_id",
    "actor",
    "role",
    "session_id",
    "address",
    "action",
    "outcome",
    "patient_id",
    "object_kind",
    "object_id",
    "reason",
    "ticket",
    "details",
    "imported",
)
"""The columns that a hash covers, in this order."""

Event = Mapping[str, Any]
"""The columns of an event by name, as they are stored."""

_JSON = json.JSONEncoder(separators=(",", ":"), sort_keys=True)
_WAITING, _MARKS = "audit_events", "audit_events_before_savepoints"
_BATCH = 2000
_EVENTS = AuditEvent.__table__  # type: ignore[attr-defined]
_SUBJECTS = AuditSubject.__table__  # type: ignore[attr-defined]
_HEAD = AuditHead.__table__  # type: ignore[attr-defined]
_COLUMNS = [(column.name, column.type) for column in _EVENTS.columns]

# Made once: every look waits for these, and putting a statement together takes as long as it runs.
_LOCKED_HEAD = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update()
_ADD_EVENTS = insert(_EVENTS)
_ADD_SUBJECTS = insert(_SUBJECTS)
_MOVE_HEAD = (
    update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values(seq=bindparam("last_seq"), hash=bindparam("last_hash"))
)
SUBJECT_LENGTH = 100
"""Characters that are kept of a patient's id."""


def hash_event(values: Mapping[str, Any], previous_hash: str) -> str:
    """The SHA-256, in hexadecimal, of an event with the `values` of its columns as stored.

    The text that is hashed is a JSON list: the form's number, the hash before, and the columns;
    without spaces, keys sorted, all but ASCII escaped, times in UTC with microseconds.
    """
    at: datetime = values["at"]
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    columns = [moment if name == "at" else values[name] for name in HASHED]
    text = _JSON.encode([FORM, previous_hash, *columns])
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def subjects_of(row: Event) -> Iterator[dict[str, Any]]:
    """The rows of `audit_subject` for an event: whom it is about or, for a search, has shown."""
    shown = (row["details"] or {}).get("shown")
    named = [row["patient_id"], *(shown if isinstance(shown, list) else ())]
    # As the column keeps them, so that none stands there twice.
    kept = (storable(one)[:SUBJECT_LENGTH] for one in named if isinstance(one, str) and one)
    for patient_id in dict.fromkeys(kept):
        yield {"seq": row["seq"], "patient_id": patient_id}


def append_event(session: Session, values: dict[str, Any]) -> None:
    """Have an event chained when the transaction of `session` is committed.

    `values` are the columns of `AuditEvent` apart from `seq`, `imported` and the hashes.
    """
    session.info.setdefault(_WAITING, []).append(values)


def read_stretch(session: Session, after: int, last: int) -> Iterator[Sequence[Event]]:
    """The events behind `after` up to `last`, by number, some thousands at a time.

    Read in pieces, so that memory does not grow with the log.
    """
    while True:
        wanted = select(_EVENTS).where(_EVENTS.c.seq > after, _EVENTS.c.seq <= last)
        batch = wanted.order_by(_EVENTS.c.seq).limit(_BATCH)
        rows: Sequence[Any] = session.connection().execute(batch).mappings().all()
        if rows:
            yield rows
            after = rows[-1]["seq"]
        if len(rows) < _BATCH:
            return


def read_subjects(session: Session, first: int, last: int) -> list[tuple[int, str]]:
    """The number and the person of each row of `audit_subject` for these events."""
    wanted = select(_SUBJECTS.c.seq, _SUBJECTS.c.patient_id)
    rows = session.connection().execute(wanted.where(_SUBJECTS.c.seq.between(first, last)))
    return [(row.seq, row.patient_id) for row in rows]


def read_head(session: Session) -> AuditHead:
    """The last event's number and hash, as this transaction sees them."""
    return session.exec(select(AuditHead).where(col(AuditHead.id) == 1)).one()


@event.listens_for(NotingSession, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Keep how many events waited when a savepoint began."""
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_WAITING, ()))


@event.listens_for(NotingSession, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back did not happen, so its events are not written either.

    Of a savepoint only its own: what stood before it is still going to be committed.
    """
    kept = session.info[_MARKS][transaction] if transaction.nested else 0
    del session.info.get(_WAITING, [])[kept:]


@event.listens_for(NotingSession, "before_commit")
def _chain(session: Session) -> None:
    """Append what waits, last: whatever else the transaction writes is written by now."""
    if session.in_nested_transaction():
        # A savepoint ends. The head would be locked from here to the end of the transaction.
        return
    waiting: list[dict[str, Any]] = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.flush()
    connection = session.connection()
    # On PostgreSQL this row keeps writers in one order; SQLite has one writer at a time.
    head = connection.execute(_LOCKED_HEAD).one()
    rows = list(_link(waiting, head.seq, head.hash))
    connection.execute(_ADD_EVENTS, rows)
    if subjects := [subject for row in rows for subject in subjects_of(row)]:
        connection.execute(_ADD_SUBJECTS, subjects)
    connection.execute(_MOVE_HEAD, {"last_seq": rows[-1]["seq"], "last_hash": rows[-1]["hash"]})


def _link(waiting: list[dict[str, Any]], seq: int, previous_hash: str) -> Any:
    for values in waiting:
        seq += 1
        row = _as_stored(values) | {"seq": seq, "imported": False, "previous_hash": previous_hash}
        previous_hash = row["hash"] = hash_event(row, previous_hash)
        yield row


def _as_stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they will be read back: the hash has to be of those."""
    row = {name: _stored(kind, values.get(name)) for name, kind in _COLUMNS}
    details = row["details"]
    row["details"] = None if details is None else json.loads(json.dumps(details))
    return row


def _stored(kind: Any, value: Any) -> Any:
    if isinstance(kind, OutsideText) and value is not None:
        return kind.process_bind_param(value, None)  # type: ignore[arg-type]
    # The engine cleans every text on its way into the database.
    return storable(value) if isinstance(value, str) else value
