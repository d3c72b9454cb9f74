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

    Hand `notes` to every validation as its context: it collects what could not be read.
    """

    meta: WebhookMeta
    body: Mapping[str, Any]
    event: WebhookEvent
    now: datetime
    notes: list[str] = field(default_factory=list)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata that the request carried when it was made; empty where there was none."""
        return self.meta.data or {}


Handler = Callable[[Session, Message], str | None]
"""Writes what a message says into the rows that it is about, inside the caller's transaction.

Answers why the message was ignored, or None where it was not. Raises `ValueError` for a message of
a wrong shape; pydantic's `ValidationError` is a kind of it.
"""

_HANDLERS: dict[str, Handler] = {}


def handles(pattern: str) -> Callable[[Handler], Handler]:
    """Register a handler for the types that match `pattern`, as in `network-query.*`.

    Raises `RuntimeError` at import if the pattern has a handler already.
    """

    def register(handler: Handler) -> Handler:
        if pattern in _HANDLERS:
            raise RuntimeError(f"two handlers for {pattern}")
        _HANDLERS[pattern] = handler
        return handler

    return register


def handler_of(type_: str) -> Handler | None:
    """The handler of a type; None for a type that changes nothing in the log."""
    matching = (handler for pattern, handler in _HANDLERS.items() if fnmatchcase(type_, pattern))
    return next(matching, None)
