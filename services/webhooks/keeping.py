"""Inserts the messages that arrived together, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlmodel import Session, col, select, update

from services.errors import LogUnavailable
from services.store import Store
from services.store.log_change import note_inserted
from services.store.many_rows import insert_many
from services.store.tables import WebhookEvent

Outcome = Exception | None
"""Why a message was not kept; None for one that is committed."""

_DEFAULTS: dict[str, Any] = {"attempts": 0, "deliveries": 1, "replays": 0}
_UNLESS_THERE = "ON CONFLICT (message_id, body_hash) DO NOTHING"


class MessageRow(TypedDict):
    """What a new row of `webhook_event` holds, by column."""

    id: str
    message_id: str
    type: str | None
    request_id: str | None
    patient_id: str | None
    received_at: datetime
    signature_status: str
    body: bytes
    body_hash: str
    status: str


def keep_messages(store: Store, rows: Sequence[MessageRow]) -> list[Outcome]:
    """Insert each row, or count it as one more delivery of a message; answers how each fared.

    What is answered as kept is committed. A row that the log refuses fails alone, and a log that
    does not answer fails all of them: each would only wait for it in turn.
    """
    try:
        inserted = _insert(store, rows)
    except LogUnavailable as error:
        return [error] * len(rows)
    except Exception as error:
        # Also for a mistake of ours: one message must not take its neighbours with it.
        if len(rows) == 1:
            return [error]
        return [outcome for row in rows for outcome in keep_messages(store, [row])]
    copies = {row["id"]: row for row in rows if row["id"] not in inserted}
    counted = _count_each(store, copies)
    return [counted.get(row["id"]) for row in rows]


def _insert(store: Store, rows: Sequence[MessageRow]) -> set[str]:
    """Insert what is new, and answer its ids.

    Upstream delivers a message twice if it did not hear our answer. The unique constraint finds it,
    because two copies that arrive together, also at two machines, would pass a look beforehand.
    """
    # In one order everywhere: two machines that insert the same copies would wait for each other.
    ordered = [_DEFAULTS | row for row in sorted(rows, key=_key)]
    with store.write() as session:
        number = insert_many(session.connection(), WebhookEvent, ordered, _UNLESS_THERE)
        inserted = {row["id"] for row in rows}
        if number < len(rows):
            there = select(col(WebhookEvent.id)).where(col(WebhookEvent.id).in_(inserted))
            inserted = set(session.exec(there).all())
        note_inserted(session, WebhookEvent, (row for row in rows if row["id"] in inserted))
    return inserted


def _count_each(store: Store, copies: dict[str, MessageRow]) -> dict[str, Outcome]:
    """Count the deliveries of messages that the log has already; by the id of the copy."""
    if not copies:
        return {}
    try:
        with store.write() as session:
            for copy in sorted(copies.values(), key=_key):
                _count(session, copy)
    except Exception as error:
        if len(copies) == 1 or isinstance(error, LogUnavailable):
            return dict.fromkeys(copies, error)
        return {
            name: outcome
            for name, copy in copies.items()
            for outcome in _count_each(store, {name: copy}).values()
        }
    return {}


def _count(session: Session, copy: MessageRow) -> None:
    of_message = update(WebhookEvent).where(
        col(WebhookEvent.message_id) == copy["message_id"],
        col(WebhookEvent.body_hash) == copy["body_hash"],
    )
    session.exec(of_message.values(deliveries=col(WebhookEvent.deliveries) + 1))


def _key(row: MessageRow) -> tuple[str, str]:
    return row["message_id"], row["body_hash"]
