"""The access log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, outside


class AuditEvent(SQLModel, table=True):
    """Who did or saw what. Appended, never changed."""

    __tablename__ = "audit_event"

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str = outside(200)
    role: str = Field(max_length=20)
    action: str = Field(max_length=60)
    outcome: str = Field(max_length=20)
    patient_id: str | None = outside(100, default=None, index=True)
    object_kind: str | None = Field(default=None, max_length=40)
    object_id: str | None = outside(100, default=None, index=True)
    details: dict[str, Any] | None = Field(default=None, sa_type=JSON)
