"""Requests for consolidated data."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside


class RecordRequest(SQLModel, table=True):
    """One consolidated data query; `resource_counts` maps FHIR resource types to numbers."""

    __tablename__ = "record_request"
    __table_args__ = (Index(None, "patient_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    request_id: str | None = outside(100, default=None, index=True)
    patient_id: str = outside(100)
    conversion_type: str = outside(20)
    status: str = outside(40)
    started_by: str | None = outside(200, default=None)
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = moment()
    counted_at: datetime | None = moment()
    resource_counts: dict[str, int] | None = Field(default=None, sa_type=JSON)
    error_kind: str | None = Field(default=None, max_length=40)
    error_detail: str | None = outside(1000, default=None)
    next_check_at: datetime | None = moment(index=True)
    checks: int = 0
