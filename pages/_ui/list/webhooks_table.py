"""Webhooks as a list: one row for each message, which opens it."""

from collections.abc import Callable, Sequence

from pages._ui.list.cells import Column, Hover, Kind, Order, Row
from pages._ui.list.table import show_list
from pages._ui.words.states import WEBHOOK_STATES, words_of
from pages._ui.words.wire import webhook_name
from services.lookup.finder import Place, PlaceKind
from services.webhooks.rows import WebhookEvent


def webhooks_table(
    rows: Sequence[WebhookEvent],
    *,
    empty: str,
    order: Order,
    turn: Callable[[Order], None],
    select: bool,
) -> list[str]:
    """Draw the list; answers the ids of the messages that are selected."""
    columns = [
        Column("Message", Kind.ID),
        Column("Received", Kind.MOMENT, order=order),
        Column("Type"),
        Column("State", Kind.STATE),
        Column("Request", Kind.ID),
        Column("Patient", Kind.ID),
        Column("Delivered", Kind.NUMBER, help="How often it came."),
        Column("Replays", Kind.NUMBER),
    ]
    return show_list(
        columns,
        [_row(event) for event in rows],
        key="webhooks",
        caption="Webhooks",
        empty=empty,
        turn=turn,
        select=select,
    )


def _row(event: WebhookEvent) -> Row:
    return Row(
        event.id,
        [
            event.id,
            event.received_at,
            Hover(webhook_name(event.type), event.type or event.error or ""),
            words_of(WEBHOOK_STATES, event.status),
            event.request_id,
            event.patient_id,
            event.deliveries,
            event.replays,
        ],
        Place(PlaceKind.WEBHOOK, event.id),
    )
