"""Signs of life of background work."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime


class Heartbeat(SQLModel, table=True):
    """When a kind of background work last had its turn, on whichever machine."""

    __tablename__ = "worker_turn"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
