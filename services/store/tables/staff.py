"""Staff sessions, and the access log with its head, anchors and segments."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from services.store.columns import STAFF_ID_LENGTH, UtcDateTime, moment, outside, staff_id

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class StaffSession(SQLModel, table=True):
    """One sign-in of a member of the staff. The cookie's random id is kept as a hash only.

    `role` is null until the person has chosen one of those in `granted`. `last_seen_at` is when the
    person last did something; panels that follow by themselves do not count. `revoked_at` is when
    an administrator, or a role that was taken away, ended what the session may do: unlike a
    sign-out it also stops the bulk runs that were started in it. `provider_session` is the `sid` of
    the provider; `id_token` is encrypted, for the sign-out there, and null once ended.
    """

    __tablename__ = "staff_session"
    __table_args__ = (Index(None, "staff_id", "created_at"), Index(None, "ended_at", "created_at"))

    id: str = Field(primary_key=True, max_length=36)
    token_hash: str = Field(max_length=64, unique=True)
    staff_id: str = staff_id()
    issuer: str = Field(max_length=STAFF_ID_LENGTH)
    subject: str = Field(max_length=255)
    name: str = outside(200)
    email: str | None = outside(254, default=None)
    role: str | None = Field(default=None, max_length=20)
    granted: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = moment()
    end_reason: str | None = Field(default=None, max_length=20)
    revoked_at: datetime | None = moment()
    address: str = outside(60, default="")
    browser: str = outside(60, default="")
    provider_session: str | None = outside(255, default=None, index=True)
    id_token: bytes | None = Field(default=None, sa_type=LargeBinary)


class AuditEvent(SQLModel, table=True):
    """Who did or saw what. Appended, never changed: the database refuses it.

    `seq` counts 1, 2, 3 … without gaps. `hash` covers every column and the hash of the row before
    (`services/store/audit_chain.py`). `imported` rows were written before the chain was there.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "actor_id", "seq"),
        Index(None, "patient_id", "seq"),
        Index(None, "action", "seq"),
        Index(None, "ticket", "seq"),
        Index(None, "session_id", "seq"),
        Index(None, "outcome", "seq"),
    )

    seq: int = Field(primary_key=True, sa_type=_NUMBER, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_id: str = staff_id(default="")
    actor: str = outside(200)
    role: str = Field(max_length=20)
    session_id: str | None = Field(default=None, max_length=36)
    address: str | None = outside(60, default=None)
    action: str = Field(max_length=60)
    outcome: str = Field(max_length=20)
    patient_id: str | None = outside(100, default=None)
    object_kind: str | None = Field(default=None, max_length=40)
    object_id: str | None = outside(100, default=None, index=True)
    reason: str | None = outside(60, default=None)
    ticket: str | None = outside(40, default=None)
    details: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    imported: bool = False
    previous_hash: str = Field(default="", max_length=64)
    hash: str = Field(default="", max_length=64)


class AuditSubject(SQLModel, table=True):
    """Whose record an event is about, or whom a search has shown: one row for each person.

    It repeats what the event says (`patient_id`, and `details["shown"]`), so that everybody who saw
    a person is found by an index. It goes with its event when a segment is purged.
    """

    __tablename__ = "audit_subject"
    __table_args__ = (Index(None, "patient_id", "seq"),)

    seq: int = Field(
        primary_key=True,
        sa_type=_NUMBER,
        foreign_key="audit_event.seq",
        ondelete="CASCADE",
        sa_column_kwargs={"autoincrement": False},
    )
    patient_id: str = outside(100, primary_key=True)


class AuditHead(SQLModel, table=True):
    """The last event of the access log; one row, which every writer locks as it commits."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    seq: int = Field(sa_type=_NUMBER)
    hash: str = Field(max_length=64)


class AuditAnchor(SQLModel, table=True):
    """The head of the access log at a moment, signed by one writer. Appended, never changed."""

    __tablename__ = "audit_anchor"

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    at: datetime = Field(sa_type=UtcDateTime)
    writer: str = outside(100)
    seq: int = Field(sa_type=_NUMBER, index=True)
    hash: str = Field(max_length=64)
    key_id: str = Field(max_length=40)
    signature: str = Field(max_length=100)


class AuditSegment(SQLModel, table=True):
    """A closed stretch of the access log, sealed: it stays when its events are purged.

    `previous_hash` is the hash before its first event, `last_hash` that of its last one. `counts`
    says how many events of each action it has. Only `purged_at` is ever set, once; only then does
    the database let its events be deleted.
    """

    __tablename__ = "audit_segment"

    id: int | None = Field(default=None, primary_key=True, sa_type=_NUMBER)
    first_seq: int = Field(sa_type=_NUMBER, unique=True)
    last_seq: int = Field(sa_type=_NUMBER, unique=True)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    previous_hash: str = Field(max_length=64)
    last_hash: str = Field(max_length=64)
    counts: dict[str, int] = Field(sa_type=JSON)
    sealed_at: datetime = Field(sa_type=UtcDateTime)
    key_id: str = Field(max_length=40)
    signature: str = Field(max_length=100)
    purged_at: datetime | None = moment()
