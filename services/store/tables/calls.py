"""The log of calls to the upstream."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.store.columns import ErrorColumns, UtcDateTime, outside, partial
from services.store.endings import ending_index


class UpstreamCall(ErrorColumns, table=True):
    """One HTTP call to the upstream: no body, no header, no value in its path."""

    __tablename__ = "upstream_call"
    __table_args__ = (
        Index(None, "path", "at"),
        Index(None, "patient_id", "at"),
        # Failed calls are few, and looked for among many.
        Index("ix_upstream_call_failed", "at", **partial("error_kind IS NOT NULL")),
        ending_index("upstream_call", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    method: str = Field(max_length=10)
    path: str = Field(max_length=120)
    status: int | None = None
    duration_ms: int
    upstream_request_id: str | None = outside(100, default=None, index=True)
    query_id: str | None = Field(default=None, index=True, max_length=36)
    patient_id: str | None = outside(100, default=None)
