"""What was changed in the log a short while ago."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, outside


class LogChange(SQLModel, table=True):
    """That a transaction changed what pages show of `topic`; rows are kept for a day.

    `seq` counts up as rows are written. On PostgreSQL a row may become visible after one with a
    higher number.
    """

    __tablename__ = "log_change"
    __table_args__ = (Index(None, "topic", "seq"),)

    # Every change of the log adds a row or more: on PostgreSQL an integer would run out.
    seq: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer, "sqlite"),
    )
    topic: str = outside(240)
    at: datetime = Field(sa_type=UtcDateTime)
