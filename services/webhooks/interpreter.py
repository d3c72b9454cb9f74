"""Interprets the messages of the inbox, each once, in the background."""

import logging
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken
from pydantic import ValidationError
from sqlmodel import Session, col, select

import services.webhooks.types  # noqa: F401 - registers the handlers
from services.clock import Clock
from services.errors import LogRefused, LogUnavailable
from services.metriport.json_reading import read_json
from services.metriport.webhook_schemas import WebhookMeta
from services.store import Duplicate, Store
from services.store.tables import WebhookEvent
from services.vault import Vault
from services.webhooks.filters import FAILED, IGNORED, PROCESSED, RECEIVED
from services.webhooks.registry import Message, handler_of

_log = logging.getLogger(__name__)
_TRIES = 3


class WebhookInterpreter:
    """Reads and settles rows of `webhook_event` that wait."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def interpret_waiting(self) -> int:
        """Interpret every message that waits, oldest first; answers how many.

        Each in a transaction of its own together with what it changes, so that a message is
        interpreted once, whenever the process stops. Raises `LogUnavailable`; nothing else stops
        the messages behind one that cannot be interpreted.
        """
        done = 0
        while self._interpret_next():
            done += 1
        return done

    def _interpret_next(self) -> bool:
        event_id = None
        try:
            with self._store.write() as session:
                event = session.exec(_oldest_waiting()).first()
                if event is None:
                    return False
                event_id = event.id
                self._interpret(session, event)
        except LogUnavailable:
            raise
        except Exception as error:
            self._keep_failure(event_id, error)
        return True

    def _interpret(self, session: Session, event: WebhookEvent) -> None:
        now = self._clock()
        event.attempts += 1
        body = read_json(self._vault.decrypt(event.body or b""))
        left_alone, notes = apply_message(session, event, body, now)
        event.status = IGNORED if left_alone else PROCESSED
        unreadable = f"taken in, but cannot be read: {'; '.join(notes)}" if notes else None
        event.error = left_alone or unreadable
        event.processed_at = now
        session.add(event)

    def _keep_failure(self, event_id: str | None, error: Exception) -> None:
        _log.error("webhook %s not interpreted: %s", event_id, type(error).__name__)
        with self._store.write() as session:
            event = session.get_one(WebhookEvent, event_id, with_for_update=True)
            event.attempts += 1
            # A row that another machine made at the same moment is there at the next try.
            again = isinstance(error, Duplicate) and event.attempts < _TRIES
            # Another machine may have interpreted it since.
            if event.status == RECEIVED and not again:
                event.status, event.error = FAILED, describe_failure(error)
                event.processed_at = self._clock()
            session.add(event)


def apply_message(
    session: Session, event: WebhookEvent, body: Any, now: datetime
) -> tuple[str | None, list[str]]:
    """Write what a message says into the rows it speaks of; the same again changes nothing.

    Answers why it was left alone, or None, and what could not be read of it. Raises `ValueError`
    for a wrong shape.
    """
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    notes: list[str] = []
    meta = WebhookMeta.model_validate(body.get("meta"), context=notes)
    handler = handler_of(meta.type)
    if handler is None:
        return "nothing to do for this type", notes
    return handler(session, Message(meta, body, event, now, notes)), notes


def describe_failure(error: Exception) -> str:
    """What was wrong, without the values that were wrong."""
    if isinstance(error, ValidationError):
        parts = [".".join(map(str, part["loc"])) + ": " + part["msg"] for part in error.errors()]
        return "wrong shape: " + "; ".join(parts)
    if isinstance(error, InvalidToken):
        return "cannot be decrypted: SECRET_KEY has changed"
    if isinstance(error, LogRefused):
        return "says something that the log cannot hold"
    return f"wrong shape: {error}" if type(error) is ValueError else type(error).__name__


def _oldest_waiting() -> Any:
    waiting = select(WebhookEvent).where(col(WebhookEvent.status) == RECEIVED)
    oldest = waiting.order_by(col(WebhookEvent.received_at), col(WebhookEvent.id))
    return oldest.limit(1).with_for_update(skip_locked=True)
