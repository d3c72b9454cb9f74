"""Whether webhooks get through: upstream's delivery status, and webhooks that never came."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.identity.access_state import WEBHOOK_WITHIN
from services.metriport.client import MetriportClient
from services.metriport.schemas import DeliveryStatus
from services.queries.status import SOURCE_FINAL
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall, WebhookEvent
from services.webhooks.delivery_status import DeliveryStatusMonitor

_PREFIX = "network-query."
_LOOK_BACK = timedelta(days=7)
_MOST_MISSING = 100


@dataclass(frozen=True)
class MissingWebhook:
    """A source of a query that ended upstream without a webhook that says so."""

    query: NetworkQuery
    source: QuerySource

    @property
    def type(self) -> str:
        """The type that the webhook would have, as in `network-query.hie`."""
        return _PREFIX + self.source.type


class Deliveries:
    """Reads what upstream says of its deliveries, and compares the inbox with the query log."""

    def __init__(
        self,
        store: Store,
        client: MetriportClient,
        audit: Audit,
        monitor: DeliveryStatusMonitor,
        clock: Clock,
    ) -> None:
        self._store = store
        self._client = client
        self._audit = audit
        self._monitor = monitor
        self._clock = clock

    def status(self, actor: Actor) -> DeliveryStatus:
        """The delivery status that upstream gave last; empty where it gave none of late.

        Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        return self._monitor.status()

    def retry(self, actor: Actor) -> None:
        """Have upstream deliver again what failed; raises `NotPermitted` and an `UpstreamError`."""
        self._audit.require(actor, Permission.WEBHOOKS_REPLAY)
        self._audit.note(actor, "webhooks.retry", outcome="asked")
        self._client.retry_deliveries()
        self._monitor.forget()

    def missing(self, actor: Actor) -> list[MissingWebhook]:
        """The webhooks of the last seven days that never came, at most a hundred, newest first.

        A webhook has two minutes to arrive after its query ended. Leaves no trace of its own: the
        page that shows them has noted that the inbox was opened. Raises `NotPermitted`.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            return read_missing(session, self._clock())


def read_missing(session: Session, now: datetime) -> list[MissingWebhook]:
    """The webhooks of the seven days before `now` that never came, newest first."""
    since, until = now - _LOOK_BACK, now - WEBHOOK_WITHIN
    found = [
        row
        for status in SOURCE_FINAL
        for row in session.exec(_select_missing(status, since, until))
    ]
    newest = sorted(found, key=lambda row: (row[0].submitted_at, row[1].id), reverse=True)
    return [MissingWebhook(query, source) for query, source in newest[:_MOST_MISSING]]


def _select_missing(status: str, since: datetime, until: datetime) -> Any:
    """Sources that ended so, of queries submitted from `since` on, without a webhook of their own.

    An index holds the sources of which no webhook was applied. They are few, unless webhooks do not
    get through at all, and then the newest hundred are found at once.
    """
    # Without a call about the query, only a webhook can have said that its sources ended.
    asked = exists().where(col(UpstreamCall.query_id) == col(NetworkQuery.id))
    # A message that could not be interpreted came all the same.
    reported = exists().where(
        col(WebhookEvent.request_id) == col(NetworkQuery.request_id),
        # Compared by the end of the type, so that the database does not take the index on types:
        # that one holds every message of a type, while a request has few messages.
        func.substr(col(WebhookEvent.type), len(_PREFIX) + 1) == col(QuerySource.type),
    )
    wanted = (
        select(NetworkQuery, QuerySource)
        .select_from(QuerySource)
        .join(NetworkQuery, col(QuerySource.query_id) == col(NetworkQuery.id))
    )
    wanted = wanted.where(
        col(QuerySource.reported_at).is_(None),
        col(QuerySource.status) == status,
        col(QuerySource.submitted_at) >= since,
    )
    wanted = wanted.where(asked, ~reported, col(NetworkQuery.finished_at) < until)
    # As long as upstream is still asked about the query, its webhooks may be on their way. Hidden,
    # so that the index of those to ask is not taken: it holds every query that is over.
    due = col(NetworkQuery.next_check_at)
    wanted = wanted.where(func.coalesce(due, due).is_(None))
    return wanted.order_by(col(QuerySource.submitted_at).desc()).limit(_MOST_MISSING)
