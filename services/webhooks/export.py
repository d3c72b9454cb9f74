"""The inbox of webhooks as a file: what came when and what became of it, never a body."""

from sqlmodel import col

from services.staff.exports import Export, SelectedRows, columns_of
from services.staff.permissions import Permission
from services.store.tables import WebhookEvent
from services.webhooks.filters import WebhookFilters

_COLUMNS = {
    "id": "id",
    "message_id": "message_id",
    "type": "type",
    "request_id": "request_id",
    "patient_id": "patient_id",
    "received_at_utc": "received_at",
    "signature": "signature_status",
    "status": "status",
    "processed_at_utc": "processed_at",
    "attempts": "attempts",
    "deliveries": "deliveries",
    "replays": "replays",
    "error": "error",
}
"""The names of the file's columns, and those of the table."""


def webhooks_export(filters: WebhookFilters) -> Export:
    """Every message that matches, newest first.

    Raises `InvalidInput` where `filters.about` is no id.
    """
    filters = filters.checked()
    return Export(
        table="webhooks",
        permission=Permission.WEBHOOKS_VIEW,
        columns=tuple(_COLUMNS),
        rows=SelectedRows(
            filters.listing().select_all,
            (col(WebhookEvent.received_at).desc(), col(WebhookEvent.id).desc()),
            columns_of(tuple(_COLUMNS.values())),
        ),
        filters=filters.summary(),
    )
