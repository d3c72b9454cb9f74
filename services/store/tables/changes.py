"""What was changed in the log a short while ago."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, outside, partial


class LogChange(SQLModel, table=True):
    """That a transaction changed what pages show of `topic`; rows are kept for a day.

    `seq` counts up as rows are written. On PostgreSQL a row may become visible after one with a
    higher number. `waits` is true until the rollups have taken the change in, and `old` is what
    they counted a query by before it: null for a new one, and for any other topic.
    """

    __tablename__ = "log_change"
    __table_args__ = (
        Index(None, "topic", "seq"),
        # What is left to fold is a few among all of a day.
        Index("ix_log_change_waiting", "seq", **partial("waits")),
    )

    # Every change of the log adds a row or more: on PostgreSQL an integer would run out.
    seq: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer, "sqlite"),
    )
    topic: str = outside(240)
    at: datetime = Field(sa_type=UtcDateTime)
    waits: bool = False
    old: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
