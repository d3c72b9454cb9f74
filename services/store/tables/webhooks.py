"""The inbox of webhooks."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside, partial
from services.store.endings import ending_index

NOT_VALID = "signature_status <> 'valid'"
"""The condition of the index by which messages that are not signed well are found."""


class WebhookEvent(SQLModel, table=True):
    """One message to the webhook receiver.

    `body` is encrypted; it is null for a rejected one, and once it was erased. `deliveries` counts
    how often the same message came.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        # The same id with another body is another message: both are kept and shown.
        UniqueConstraint("message_id", "body_hash"),
        Index(None, "status", "received_at"),
        Index(None, "type", "received_at"),
        Index(None, "patient_id", "received_at"),
        Index(None, "request_id", "received_at"),
        # Nearly every message is signed well; those that are not are looked for among all.
        Index(
            "ix_webhook_event_not_valid",
            "signature_status",
            "received_at",
            **partial(NOT_VALID),
        ),
        # Bodies are kept for days, rows for years: what is left to erase is few among many.
        Index("ix_webhook_event_body_kept", "received_at", **partial("body IS NOT NULL")),
        ending_index("webhook_event", "id"),
        ending_index("webhook_event", "request_id"),
        ending_index("webhook_event", "patient_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    message_id: str | None = outside(200, default=None)
    type: str | None = outside(100, default=None)
    request_id: str | None = outside(100, default=None)
    patient_id: str | None = outside(100, default=None)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    signature_status: str = Field(max_length=20)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    body_hash: str | None = Field(default=None, max_length=64)
    status: str = outside(20)
    attempts: int = 0
    error: str | None = outside(300, default=None)
    processed_at: datetime | None = moment()
    deliveries: int = 1
    replays: int = 0
