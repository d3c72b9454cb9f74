"""Requests for consolidated data."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field

from services.store.columns import ErrorColumns, UtcDateTime, moment, outside, staff_id


class RecordRequest(ErrorColumns, table=True):
    """One consolidated data query; `resource_counts` maps FHIR resource types to numbers."""

    __tablename__ = "record_request"
    __table_args__ = (Index(None, "patient_id", "submitted_at"),)

    id: str = Field(primary_key=True, max_length=36)
    request_id: str | None = outside(100, default=None, index=True)
    patient_id: str = outside(100)
    conversion_type: str = outside(20)
    status: str = outside(40)
    started_by_id: str | None = staff_id(default=None)
    started_by: str | None = outside(200, default=None)
    submitted_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = moment()
    counted_at: datetime | None = moment()
    resource_counts: dict[str, int] | None = Field(default=None, sa_type=JSON)
    next_check_at: datetime | None = moment(index=True)
    checks: int = 0
