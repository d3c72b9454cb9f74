"""Filters over the inbox of webhooks, as they stand in a URL."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, text
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.pasted_ids import id_filter
from services.staff.looks import filters_in_use
from services.store.lists.streams import Driver, Listing, driver
from services.store.tables import WebhookEvent
from services.store.tables.webhooks import NOT_VALID

RECEIVED, PROCESSED, IGNORED, FAILED, REJECTED = (
    "received",
    "processed",
    "ignored",
    "failed",
    "rejected",
)
STATES = (RECEIVED, PROCESSED, IGNORED, FAILED, REJECTED)
VALID = "valid"
SIGNATURE_STATUSES = (VALID, "invalid")

AT: Any = col(WebhookEvent.received_at)
KEY: Any = col(WebhookEvent.id)
"""By which the inbox is in order."""


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

    def listing(self) -> Listing:
        """The list of the messages that match, without their bodies."""
        return Listing(
            rows=without_bodies(),
            at=AT,
            key=KEY,
            # Those that mostly have few rows come first.
            drivers=[*self._id_drivers(), *self._signature_drivers(), *self._word_drivers()],
            others=[] if self.signature_status != VALID else [_signature() == VALID],
            since=self.since,
            until=self.until,
        )

    def summary(self) -> dict[str, str]:
        """The filters in use, for the access log: ids and words only."""
        return filters_in_use(self)

    def checked(self) -> "WebhookFilters":
        """These filters with `about` as a bare id; raises `InvalidInput` where it is no id."""
        return replace(self, about=id_filter(self.about))

    def _id_drivers(self) -> Iterator[Driver]:
        if self.ids:
            yield driver(AT, KEY, *(col(WebhookEvent.id) == one for one in self.ids))
        if self.about:
            columns = (WebhookEvent.patient_id, WebhookEvent.request_id, WebhookEvent.message_id)
            yield driver(AT, KEY, *(col(column) == self.about for column in columns))

    def _signature_drivers(self) -> Iterator[Driver]:
        # The index leaves out the valid ones, which are nearly all. The condition of the index
        # stands in the statement as it is written there, or a database would not take it.
        if self.signature_status and self.signature_status != VALID:
            yield driver(AT, KEY, and_(_signature() == self.signature_status, text(NOT_VALID)))

    def _word_drivers(self) -> Iterator[Driver]:
        for column, words in ((WebhookEvent.status, self.states), (WebhookEvent.type, self.types)):
            if words:
                yield driver(AT, KEY, *(col(column) == word for word in dict.fromkeys(words)))


def _signature() -> Any:
    return col(WebhookEvent.signature_status)
