"""The tables of the log: ids, states and times, never who a person is.

All ids made here are UUIDv7 strings; all times are UTC. What upstream says (statuses, sources,
types) is kept as it came.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from services.store.columns import OutsideText, UtcDateTime

# Constraint names are fixed, so that migrations can speak of them on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def moment(index: bool = False) -> Any:
    """A column for a time that may be unknown."""
    return Field(default=None, sa_type=UtcDateTime, index=index)


def outside(length: int, **column: Any) -> Any:
    """A column for a word that comes from outside, or from a person's keyboard."""
    return Field(sa_type=OutsideText(length), **column)


def _where(condition: str) -> Any:
    """A partial index's condition, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class NetworkQuery(SQLModel, table=True):
    """One network query: the intent first, then what became of it.

    `requested` names the sources asked for, as in "hie pharmacy:realtime lab"; empty for a query
    that the dashboard did not start. `aal2_session_id` is our row of the session, never the
    credential. `next_check_at` is null once nothing more is expected.
    """

    __tablename__ = "network_query"
    __table_args__ = (Index(None, "patient_id", "id"), Index(None, "status", "id"))

    id: str = Field(primary_key=True, max_length=36)
    request_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    facility_id: str | None = outside(100, default=None)
    purpose: str = outside(40)
    origin: str = Field(max_length=20)
    status: str = outside(40)
    requested: str = outside(100, default="")
    started_by: str | None = outside(200, default=None)
    reason: str | None = outside(60, default=None)
    ticket: str | None = outside(40, default=None)
    proofed_identity_id: str | None = outside(100, default=None)
    aal2_session_id: str | None = Field(default=None, max_length=36)
    submitted_at: datetime = Field(sa_type=UtcDateTime, index=True)
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()
    error_kind: str | None = Field(default=None, max_length=40)
    error_status: int | None = None
    error_title: str | None = outside(200, default=None)
    error_detail: str | None = outside(1000, default=None)
    next_check_at: datetime | None = moment(index=True)
    checks: int = 0


class QuerySource(SQLModel, table=True):
    """One source of a query, one row per attempt (1, 2, …) of its type."""

    __tablename__ = "query_source"
    __table_args__ = (UniqueConstraint("query_id", "type", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    query_id: str = Field(foreign_key="network_query.id", max_length=36)
    type: str = outside(60)
    attempt: int = 1
    specific_source: str | None = outside(60, default=None)
    status: str = outside(40)
    started_at: datetime | None = moment()
    first_data_at: datetime | None = moment()
    completed_at: datetime | None = moment()
    error_status: int | None = None
    error_message: str | None = outside(1000, default=None)


class IdentitySession(SQLModel, table=True):
    """One hosted session in which a person was asked to prove who they are.

    `id` is ours and travels in the metadata; `session_id` is upstream's, null until known.
    """

    __tablename__ = "identity_session"
    __table_args__ = (Index(None, "patient_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    session_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    status: str = outside(40)
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = moment()
    opened_at: datetime | None = moment()
    returned_at: datetime | None = moment()
    returned_status: str | None = outside(60, default=None)
    verified_at: datetime | None = moment()
    error_kind: str | None = Field(default=None, max_length=40)
    error_detail: str | None = outside(1000, default=None)


class ProofedIdentity(SQLModel, table=True):
    """That a person has proven who they are; never as whom.

    `verified_at` is upstream's time. `from_event` is the webhook that brought it.
    """

    __tablename__ = "proofed_identity"
    __table_args__ = (Index(None, "patient_id", "verified_at"),)

    proofed_identity_id: str = outside(100, primary_key=True)
    patient_id: str = outside(100)
    status: str = Field(max_length=20)
    verified_at: datetime = Field(sa_type=UtcDateTime)
    inactive_at: datetime | None = moment()
    from_session: str | None = Field(default=None, max_length=36)
    from_event: str | None = Field(default=None, max_length=36)


class Aal2Challenge(SQLModel, table=True):
    """One hosted multifactor challenge; `id` is ours, `challenge_id` upstream's."""

    __tablename__ = "aal2_challenge"
    __table_args__ = (Index(None, "patient_id", "id"),)

    id: str = Field(primary_key=True, max_length=36)
    challenge_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    proofed_identity_id: str = outside(100)
    method: str | None = outside(40, default=None)
    status: str = outside(40)
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = moment()
    opened_at: datetime | None = moment()
    returned_at: datetime | None = moment()
    returned_status: str | None = outside(60, default=None)
    error_kind: str | None = Field(default=None, max_length=40)
    error_detail: str | None = outside(1000, default=None)


class Aal2Session(SQLModel, table=True):
    """One satisfied challenge: good for one query.

    `secret` is upstream's session id, encrypted, and null from the moment it is used or ended.
    `fingerprint` tells that the same one came before. `used_by` is the query that consumed it.
    """

    __tablename__ = "aal2_session"
    __table_args__ = (Index(None, "patient_id", "id"), Index(None, "ended_at", "verified_at"))

    id: str = Field(primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="aal2_challenge.id", max_length=36, unique=True)
    patient_id: str = outside(100)
    proofed_identity_id: str = outside(100)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    fingerprint: str = Field(max_length=64, unique=True)
    verified_at: datetime = Field(sa_type=UtcDateTime)
    used_by: str | None = Field(default=None, foreign_key="network_query.id", max_length=36)
    used_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    end_reason: str | None = Field(default=None, max_length=20)


class PatientLink(SQLModel, table=True):
    """One link that a person was sent. Its token is kept as a hash only.

    `target` is the identity session or the challenge. `url` is where Continue leads, encrypted,
    and null once that was used. `opened_at` is the first time that anything, perhaps a mail
    scanner, looked at it.
    """

    __tablename__ = "patient_link"
    __table_args__ = (Index(None, "patient_id", "kind"),)

    token_hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=20)
    target: str = Field(index=True, max_length=36)
    patient_id: str = outside(100)
    url: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    opened_at: datetime | None = moment()
    continued_at: datetime | None = moment()
    revoked_at: datetime | None = moment()


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


class WebhookEvent(SQLModel, table=True):
    """One message to the webhook receiver.

    `body` is encrypted, and null for a rejected one. `deliveries` counts how often the same
    message came.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (Index(None, "status", "id"), Index(None, "type", "id"))

    id: str = Field(primary_key=True, max_length=36)
    message_id: str | None = outside(200, default=None, unique=True)
    type: str | None = outside(100, default=None)
    request_id: str | None = outside(100, default=None, index=True)
    patient_id: str | None = outside(100, default=None, index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    verdict: str = Field(max_length=20)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    body_hash: str | None = Field(default=None, max_length=64)
    status: str = outside(20)
    attempts: int = 0
    error: str | None = outside(300, default=None)
    processed_at: datetime | None = moment()
    deliveries: int = 1
    replays: int = 0


class UpstreamCall(SQLModel, table=True):
    """One HTTP call to the upstream: no body, no header, no value in its path."""

    __tablename__ = "upstream_call"
    __table_args__ = (
        Index(None, "path", "id"),
        # Failed calls are few, and looked for among many.
        Index("ix_upstream_call_failed", "id", **_where("error_kind IS NOT NULL")),
    )

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    method: str = Field(max_length=10)
    path: str = Field(max_length=120)
    status: int | None = None
    duration_ms: int
    upstream_request_id: str | None = outside(100, default=None, index=True)
    error_kind: str | None = Field(default=None, max_length=40)
    error_title: str | None = outside(200, default=None)
    error_detail: str | None = outside(1000, default=None)
    query_id: str | None = Field(default=None, index=True, max_length=36)
    patient_id: str | None = outside(100, default=None, index=True)


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
