"""Heartbeats of background work."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime


class Heartbeat(SQLModel, table=True):
    """When a worker last completed a step, on any machine.

    The table keeps the name that it was made with.
    """

    __tablename__ = "worker_turn"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
