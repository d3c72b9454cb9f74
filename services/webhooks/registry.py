"""Which function interprets which type of webhook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlmodel import Session

from services.metriport.webhook_schemas import WebhookMeta
from services.store.tables import WebhookEvent


@dataclass(frozen=True)
class Message:
    """A webhook that is being interpreted. `now` is UTC; `body` is the whole message.

    `notes` takes what could not be read of it, as a validation's context does.
    """

    meta: WebhookMeta
    body: Mapping[str, Any]
    event: WebhookEvent
    now: datetime
    notes: list[str] = field(default_factory=list)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was given as metadata when the request was made."""
        return self.meta.data or {}


Handler = Callable[[Session, Message], str | None]
"""Writes what a message says into the rows that it speaks of.

Answers why the message was left alone, or None where it was taken in. Raises `ValueError`, of which
pydantic's error is one, for a message of a wrong shape.
"""

_HANDLERS: dict[str, Handler] = {}


def handles(pattern: str) -> Callable[[Handler], Handler]:
    """Register a handler for the types that match `pattern`, as in `network-query.*`."""

    def register(handler: Handler) -> Handler:
        if pattern in _HANDLERS:
            raise RuntimeError(f"two handlers for {pattern}")
        _HANDLERS[pattern] = handler
        return handler

    return register


def handler_of(type_: str) -> Handler | None:
    """The handler of a type; None where nothing is to be done for it."""
    matching = (handler for pattern, handler in _HANDLERS.items() if fnmatchcase(type_, pattern))
    return next(matching, None)
