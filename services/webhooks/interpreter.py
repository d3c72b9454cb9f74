"""Interprets the messages of the inbox in the background."""

import logging
from collections.abc import Callable
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
_MOST_ATTEMPTS = 3
"""A message that collides with another machine's row is interpreted so often at most."""


class WebhookInterpreter:
    """Interprets rows of `webhook_event` with the status `received`, and sets what they came to.

    `let_pass` is called before each, so that what is more urgent goes first.
    """

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, let_pass: Callable[[], None] | None = None
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._let_pass = let_pass

    def interpret_waiting(self) -> int:
        """Interpret every message that waits, oldest first; answers how many.

        A message's new status and what it changes are committed together, so that none is lost or
        applied by halves if the process stops. A message that cannot be interpreted becomes
        `failed` and stops none behind it. Raises `LogUnavailable`.
        """
        number = 0
        while (number or self._is_any_waiting()) and self._interpret_next():
            number += 1
        return number

    def _interpret_next(self) -> bool:
        if self._let_pass is not None:
            self._let_pass()
        event_id = None
        try:
            # One transaction for the message and what it changes. The row stays locked until the
            # commit, so that no other machine interprets it, and no replay puts it back meanwhile.
            with self._store.write() as session:
                event = session.exec(_select_oldest_waiting()).first()
                if event is None:
                    return False
                event_id = event.id
                self._interpret(session, event)
        except LogUnavailable:
            raise
        except Exception as error:
            # Everything, also a bug in a handler: one message must not stop those behind it. What
            # the handler had changed is rolled back, so the failure needs its own transaction.
            self._keep_failure(event_id, error)
        return True

    def _is_any_waiting(self) -> bool:
        # Read first: it is asked every second, and mostly nothing waits, for which nobody should be
        # kept from writing.
        with self._store.read() as session:
            waiting = select(WebhookEvent.id).where(col(WebhookEvent.status) == RECEIVED)
            return session.exec(waiting.limit(1)).first() is not None

    def _interpret(self, session: Session, event: WebhookEvent) -> None:
        now = self._clock()
        event.attempts += 1
        body = read_json(self._vault.decrypt(event.body or b""))
        ignored_because, notes = apply_message(session, event, body, now)
        event.status = IGNORED if ignored_because else PROCESSED
        unreadable = f"taken in, but cannot be read: {'; '.join(notes)}" if notes else None
        event.error = ignored_because or unreadable
        event.processed_at = now
        session.add(event)

    def _keep_failure(self, event_id: str | None, error: Exception) -> None:
        # Only the class: the error's text may repeat what the message says of a person.
        _log.error("webhook %s not interpreted: %s", event_id, type(error).__name__)
        with self._store.write() as session:
            event = session.get_one(WebhookEvent, event_id, with_for_update=True)
            # The attempt of `_interpret` was rolled back together with its changes.
            event.attempts += 1
            # Another machine inserted the same row at the same moment. The next attempt sees it,
            # so the message stays in line.
            is_repeated = isinstance(error, Duplicate) and event.attempts < _MOST_ATTEMPTS
            # Between the two transactions another machine may have interpreted the message.
            if event.status == RECEIVED and not is_repeated:
                event.status, event.error = FAILED, describe_failure(error)
                event.processed_at = self._clock()
            session.add(event)


def apply_message(
    session: Session, event: WebhookEvent, body: Any, now: datetime
) -> tuple[str | None, list[str]]:
    """Write what a message says into the rows that it is about.

    Works inside the caller's transaction; the same message again changes nothing. Answers why the
    message was ignored, or None, and a note for each value that could not be read. Raises
    `ValueError` for a message of a wrong shape.
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
    """What was wrong with a message, without its values, which may be a person's."""
    if isinstance(error, ValidationError):
        parts = [".".join(map(str, part["loc"])) + ": " + part["msg"] for part in error.errors()]
        return "wrong shape: " + "; ".join(parts)
    if isinstance(error, InvalidToken):
        return "cannot be decrypted: SECRET_KEY has changed"
    if isinstance(error, LogRefused):
        return "says something that the log cannot hold"
    return f"wrong shape: {error}" if type(error) is ValueError else type(error).__name__


def _select_oldest_waiting() -> Any:
    waiting = select(WebhookEvent).where(col(WebhookEvent.status) == RECEIVED)
    oldest = waiting.order_by(col(WebhookEvent.received_at), col(WebhookEvent.id))
    # A message that another machine is interpreting is skipped, not waited for. On SQLite this adds
    # nothing: there only one transaction writes at a time.
    return oldest.limit(1).with_for_update(skip_locked=True)
