"""Bulk runs and their people."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside, staff_id


class BulkRun(SQLModel, table=True):
    """One treatment query for each person of a list; `sources` is the wire form's switches.

    `not_before` is when it goes on after a setback, `setbacks` counts those in a row, and
    `stop_reason` says why it stopped by itself.
    """

    __tablename__ = "bulk_run"

    id: str = Field(primary_key=True, max_length=36)
    created_by_id: str = staff_id(default="")
    created_by: str = outside(200)
    role: str = Field(max_length=20)
    session_id: str = Field(default="", max_length=36)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: str = Field(max_length=20, index=True)
    facility_id: str = outside(100)
    sources: dict[str, bool] = Field(sa_type=JSON)
    reason: str = outside(60)
    ticket: str | None = outside(40, default=None)
    total: int
    finished_at: datetime | None = moment()
    not_before: datetime | None = moment()
    setbacks: int = 0
    stop_reason: str | None = Field(default=None, max_length=300)


class BulkItem(SQLModel, table=True):
    """One person of a bulk run; `query_id` is the query's, made before it is started."""

    __tablename__ = "bulk_item"
    __table_args__ = (Index(None, "run_id", "status", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="bulk_run.id", max_length=36)
    patient_id: str = outside(100, index=True)
    query_id: str = Field(max_length=36, unique=True)
    status: str = Field(max_length=20)
    error: str | None = outside(300, default=None)
