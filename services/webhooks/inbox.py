"""What the staff sees and does with webhooks: look, read a body with a reason, replay."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import ColumnElement, exists
from sqlmodel import col, func, select, update

from services.clock import Clock
from services.errors import InvalidInput, NotInLog
from services.identity.access_state import WEBHOOK_WITHIN
from services.metriport.client import MetriportClient
from services.metriport.schemas import DeliveryStatus
from services.queries.status import SOURCE_FINAL
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.distinct import distinct_values
from services.store.paging import Page, read_page
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall, WebhookEvent
from services.vault import Vault
from services.webhooks.delivery_status import DeliveryStatusMonitor
from services.webhooks.filters import (
    FAILED,
    IGNORED,
    PROCESSED,
    RECEIVED,
    WebhookFilters,
    without_bodies,
)

MOST_REPLAYS = 1000
"""At once: more would hide a mistake in the filters."""

REASONS = ("Metriport asks for it", "Message cannot be interpreted", "Audit", "Other, see ticket")
"""Why somebody looks into a body: chosen, not typed."""

_PREFIX = "network-query."
_REPLAYABLE = (PROCESSED, IGNORED, FAILED)
_LOOK_BACK = timedelta(days=7)
_MOST_MISSING = 100


WebhookPage = Page[WebhookEvent]


@dataclass(frozen=True)
class MissingWebhook:
    """A source that ended upstream, and of which no webhook spoke."""

    query: NetworkQuery
    source: QuerySource

    @property
    def type(self) -> str:
        """The type that the message would have."""
        return _PREFIX + self.source.type


class Inbox:
    """Reads the table `webhook_event`, and lets its messages be interpreted again."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        vault: Vault,
        deliveries: DeliveryStatusMonitor,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._vault = vault
        self._deliveries = deliveries
        self._clock = clock

    def search(
        self, actor: Actor, filters: WebhookFilters, before: str | None = None
    ) -> WebhookPage:
        """One page of the inbox, newest first; `before` is the cursor of an earlier page.

        Raises `InvalidInput` where the filters speak of something that is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        filters = filters.checked()
        self._audit.look(actor, "webhooks.search", details=filters.summary())
        wanted = filters.applied(without_bodies())
        with self._store.read() as session:
            return read_page(
                session, wanted, col(WebhookEvent.received_at), col(WebhookEvent.id), before
            )

    def types(self, actor: Actor) -> list[str]:
        """The types that have come so far."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            return distinct_values(session, WebhookEvent.type)

    def open(self, actor: Actor, event_id: str) -> WebhookEvent:
        """One message; raises `NotInLog`. Its body stays encrypted."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        event = self._event(event_id)
        self._audit.look(
            actor, "webhook.view", patient_id=event.patient_id, of=("webhook", event.id)
        )
        return event

    def body(self, actor: Actor, event_id: str, reason: str) -> str:
        """A message's body, indented; raises `NotInLog`, also where it was not kept."""
        self._audit.require(actor, Permission.WEBHOOKS_BODY)
        if reason not in REASONS:
            raise InvalidInput("Choose why you need the body.", {"reason": "Choose a reason."})
        event = self._event(event_id)
        self._audit.note(
            actor,
            Permission.WEBHOOKS_BODY.value,
            patient_id=event.patient_id,
            of=("webhook", event.id),
            details={"reason": reason},
        )
        return self._clear(event)

    def count_replayable(self, actor: Actor, filters: WebhookFilters) -> int:
        """How many messages a replay with these filters would interpret again."""
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        found = filters.checked().applied(_replayable()).subquery()
        with self._store.read() as session:
            return session.exec(select(func.count()).select_from(found)).one()

    def replay(self, actor: Actor, event_id: str) -> int:
        """Have one message interpreted again; how many that were.

        0 for one that waits, is being interpreted right now, or has no body. Raises `NotInLog`.
        """
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        event = self._event(event_id)
        return self._replay(
            actor,
            col(WebhookEvent.id) == event_id,
            patient_id=event.patient_id,
            of=("webhook", event_id),
        )

    def replay_all(self, actor: Actor, filters: WebhookFilters) -> int:
        """Have every message of a selection interpreted again; how many that were.

        Raises `InvalidInput` for more than a thousand.
        """
        number = self.count_replayable(actor, filters)
        filters = filters.checked()
        if number > MOST_REPLAYS:
            raise InvalidInput(f"{number:,} messages are too many: narrow the filters.")
        ids = filters.applied(_replayable()).with_only_columns(col(WebhookEvent.id))
        return self._replay(actor, col(WebhookEvent.id).in_(ids), details=filters.summary())

    def missing(self, actor: Actor) -> list[MissingWebhook]:
        """Sources that ended in the last week and of which no webhook spoke, newest first.

        For a page whose opening `search` has noted. A message has two minutes to arrive.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        now = self._clock()
        with self._store.read() as session:
            found = session.exec(_unspoken(now - _LOOK_BACK, now - WEBHOOK_WITHIN)).all()
        return [MissingWebhook(query, source) for query, source in found]

    def deliveries(self, actor: Actor) -> DeliveryStatus:
        """How deliveries fare, in upstream's own words, as far as they are known already."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        return self._deliveries.status()

    def retry_deliveries(self, actor: Actor) -> None:
        """Have upstream deliver again what failed; raises an `UpstreamError`."""
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        self._audit.note(actor, "webhooks.retry", outcome="asked")
        self._client.retry_deliveries()
        self._deliveries.forget()

    def _replay(
        self,
        actor: Actor,
        which: ColumnElement[bool],
        *,
        patient_id: str | None = None,
        of: tuple[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> int:
        """Put messages back in line, all of them and the audit event in one transaction."""
        with self._store.write() as session:
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

    def _event(self, event_id: str) -> WebhookEvent:
        with self._store.read() as session:
            event = session.get(WebhookEvent, event_id)
        if event is None:
            raise NotInLog("The log holds no message with this id.")
        return event

    def _clear(self, event: WebhookEvent) -> str:
        if event.body is None:
            raise NotInLog("The body of this message was not kept.")
        try:
            clear = self._vault.decrypt(event.body)
        except InvalidToken:
            raise NotInLog("The body cannot be read: SECRET_KEY has changed.") from None
        return json.dumps(json.loads(clear), indent=2, ensure_ascii=False)


def _can_be_replayed() -> ColumnElement[bool]:
    return col(WebhookEvent.status).in_(_REPLAYABLE) & col(WebhookEvent.body).is_not(None)


def _replayable() -> Any:
    return select(WebhookEvent).where(_can_be_replayed())


def _unspoken(since: datetime, until: datetime) -> Any:
    """Ended sources of queries that upstream was asked about, without a message of their own."""
    asked = exists().where(col(UpstreamCall.query_id) == col(NetworkQuery.id))
    spoken = exists().where(
        col(WebhookEvent.request_id) == col(NetworkQuery.request_id),
        # Not by the index on types, which holds every message of a type: a request has few.
        func.substr(col(WebhookEvent.type), len(_PREFIX) + 1) == col(QuerySource.type),
    )
    wanted = select(NetworkQuery, QuerySource).join(
        QuerySource, col(QuerySource.query_id) == col(NetworkQuery.id)
    )
    wanted = wanted.where(col(NetworkQuery.submitted_at) >= since, asked, ~spoken)
    wanted = wanted.where(col(NetworkQuery.finished_at) < until)
    wanted = wanted.where(col(QuerySource.status).in_(SOURCE_FINAL))
    wanted = wanted.where(col(NetworkQuery.next_check_at).is_(None))
    return wanted.order_by(col(NetworkQuery.submitted_at).desc()).limit(_MOST_MISSING)
