"""Replays: messages that were interpreted already are put back in line by the staff."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update

from services.errors import InvalidInput
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.lists.streams import hidden
from services.store.tables import WebhookEvent
from services.webhooks.filters import FAILED, IGNORED, PROCESSED, RECEIVED, WebhookFilters
from services.webhooks.inbox import read_event

MOST_REPLAYS = 1000
"""The most messages of one replay: a larger selection is more likely a mistake in the filters."""

_REPLAYABLE = (PROCESSED, IGNORED, FAILED)


class Replays:
    """Sets rows of `webhook_event` back to `received`, so that they are interpreted again.

    A message that says nothing new changes nothing, so a replay is safe.
    """

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def count(self, actor: Actor, filters: WebhookFilters) -> int:
        """How many messages `replay_all` with these filters would put back in line.

        Counted to one more than a replay may have, so that it costs the same in any log. Raises
        `NotPermitted`, and `InvalidInput` where `filters.about` is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        filters = filters.checked()
        with self._store.read() as session:
            return count_replayable(session, filters)

    def replay(self, actor: Actor, event_id: str) -> int:
        """Put one message back in line; answers how many were put there, 1 or 0.

        0 for a message that is in line already, is being interpreted at this moment, or has no
        body. Raises `NotPermitted` and `NotInLog`.
        """
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        event = read_event(self._store, event_id)
        return self._put_in_line(
            actor,
            col(WebhookEvent.id) == event_id,
            patient_id=event.patient_id,
            of=("webhook", event_id),
        )

    def replay_all(self, actor: Actor, filters: WebhookFilters) -> int:
        """Put every message of a selection back in line; answers how many.

        Raises `NotPermitted`, and `InvalidInput` for more than a thousand messages or where
        `filters.about` is no id.
        """
        number = self.count(actor, filters)
        filters = filters.checked()
        if number > MOST_REPLAYS:
            raise InvalidInput(
                f"More than {MOST_REPLAYS:,} messages are too many: narrow the filters."
            )
        with self._store.read() as session:
            ids = _select_replayable(session, filters)
        return self._put_in_line(actor, col(WebhookEvent.id).in_(ids), details=filters.summary())

    def _put_in_line(
        self,
        actor: Actor,
        which: ColumnElement[bool],
        *,
        patient_id: str | None = None,
        of: tuple[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> int:
        """Change the messages and write the audit event, in one transaction."""
        with self._store.write() as session:
            # The condition is asked again by the update itself: since it was read, a message may
            # have been put in line by somebody else.
            again = update(WebhookEvent).where(which).where(_can_be_replayed())
            values = {"status": RECEIVED, "replays": col(WebhookEvent.replays) + 1}
            number = session.exec(again.values(**values)).rowcount
            self._audit.append(
                session,
                actor,
                Permission.WEBHOOKS_REPLAY.value,
                patient_id=patient_id,
                of=of,
                details=(details or {}) | {"messages": number},
            )
        return number


def _can_be_replayed() -> ColumnElement[bool]:
    return _has_been_read() & col(WebhookEvent.body).is_not(None)


def _has_been_read() -> ColumnElement[bool]:
    # A received message is in line already, and a rejected one has no body to interpret.
    return col(WebhookEvent.status).in_(_REPLAYABLE)


def count_replayable(session: Session, filters: WebhookFilters) -> int:
    """How many messages of a selection can be replayed, counted to one more than are allowed."""
    few = _select_replayable(session, filters).limit(MOST_REPLAYS + 1).subquery()
    return session.exec(select(func.count()).select_from(few)).one()


def _select_replayable(session: Session, filters: WebhookFilters) -> Any:
    """The ids of the messages of a selection that can be replayed."""
    # The index of the bodies that are kept holds some days of the log.
    matching = filters.listing().select_all(session, by=col(WebhookEvent.body).is_not(None))
    return matching.where(hidden(_has_been_read())).with_only_columns(col(WebhookEvent.id))
