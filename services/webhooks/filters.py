"""Filters over the inbox of webhooks, as they stand in a URL."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.pasted_ids import id_filter
from services.staff.looks import filters_in_use
from services.store.tables import WebhookEvent

RECEIVED, PROCESSED, IGNORED, FAILED, REJECTED = (
    "received",
    "processed",
    "ignored",
    "failed",
    "rejected",
)
STATES = (RECEIVED, PROCESSED, IGNORED, FAILED, REJECTED)
SIGNATURE_STATUSES = ("valid", "invalid")


def without_bodies() -> SelectOfScalar[WebhookEvent]:
    """A select of messages without their encrypted bodies.

    Lists never show the bodies, and each may have five megabytes.
    """
    return select(WebhookEvent).options(defer(WebhookEvent.body))  # type: ignore[arg-type]


@dataclass(frozen=True)
class WebhookFilters:
    """Which messages to show; an empty field does not filter.

    `since` (inclusive) and `until` (exclusive) bound the time of receipt, in UTC. `about` is the id
    of a patient, a request or a message. `ids` are the ids of rows that were selected one by one.
    """

    types: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    signature_status: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[str, ...] = ()

    def applied(self, wanted: SelectOfScalar[WebhookEvent]) -> SelectOfScalar[WebhookEvent]:
        """`wanted` with the conditions of these filters."""
        return wanted.where(*self._conditions())

    def summary(self) -> dict[str, str]:
        """The filters in use, for the access log: ids and words only."""
        return filters_in_use(self)

    def checked(self) -> "WebhookFilters":
        """These filters with `about` as a bare id; raises `InvalidInput` where it is no id."""
        return replace(self, about=id_filter(self.about))

    def _conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.types:
            conditions.append(col(WebhookEvent.type).in_(self.types))
        if self.states:
            conditions.append(col(WebhookEvent.status).in_(self.states))
        if self.signature_status:
            conditions.append(col(WebhookEvent.signature_status) == self.signature_status)
        if self.about:
            columns = (WebhookEvent.patient_id, WebhookEvent.request_id, WebhookEvent.message_id)
            conditions.append(or_(*(col(column) == self.about for column in columns)))
        if self.ids:
            conditions.append(col(WebhookEvent.id).in_(self.ids))
        if self.since:
            conditions.append(col(WebhookEvent.received_at) >= self.since)
        if self.until:
            conditions.append(col(WebhookEvent.received_at) < self.until)
        return conditions
