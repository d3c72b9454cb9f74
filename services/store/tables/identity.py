"""Individual access: verifications, identities, challenges, AAL2 sessions and links."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from services.store.columns import ErrorColumns, UtcDateTime, moment, outside, partial, staff_id


class IdentitySession(ErrorColumns, table=True):
    """One hosted session in which a person was asked to prove who they are.

    `id` is ours and travels in the metadata; `session_id` is upstream's, null until known.
    `returns` counts the different returns of the browser; above one, somebody else caused one.
    `withdrawn_at` is when its link was withdrawn, which nobody had opened until then.
    """

    __tablename__ = "identity_session"
    __table_args__ = (Index(None, "patient_id", "created_at"),)

    id: str = Field(primary_key=True, max_length=36)
    session_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    status: str = outside(40)
    created_by_id: str = staff_id(default="")
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    expires_at: datetime | None = moment()
    opened_at: datetime | None = moment()
    returned_at: datetime | None = moment()
    returned_status: str | None = outside(60, default=None)
    returns: int = 0
    withdrawn_at: datetime | None = moment()
    verified_at: datetime | None = moment()


class ProofedIdentity(SQLModel, table=True):
    """That a person has proven who they are; never as whom.

    `verified_at` is upstream's time. `from_event` is the webhook that brought it. `capture_at` is
    when their record is read next to be hashed (`proofed_demographics`), and null once it was, or
    where that was given up; `captures` counts the tries.
    """

    __tablename__ = "proofed_identity"
    __table_args__ = (
        Index(None, "patient_id", "verified_at"),
        Index("ix_proofed_identity_to_capture", "capture_at", **partial("capture_at IS NOT NULL")),
    )

    proofed_identity_id: str = outside(100, primary_key=True)
    patient_id: str = outside(100)
    status: str = Field(max_length=20)
    verified_at: datetime = Field(sa_type=UtcDateTime, index=True)
    inactive_at: datetime | None = moment()
    from_session: str | None = Field(default=None, max_length=36, index=True)
    from_event: str | None = Field(default=None, max_length=36, index=True)
    capture_at: datetime | None = moment()
    captures: int = 0


class Aal2Challenge(ErrorColumns, table=True):
    """One hosted multifactor challenge; `id` is ours, `challenge_id` upstream's.

    `returns` counts the different returns of the browser; above one, somebody else caused one.
    `withdrawn_at` is when its link was withdrawn, which nobody had opened until then.
    """

    __tablename__ = "aal2_challenge"
    __table_args__ = (Index(None, "patient_id", "created_at"),)

    id: str = Field(primary_key=True, max_length=36)
    challenge_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    proofed_identity_id: str = outside(100)
    method: str | None = outside(40, default=None)
    status: str = outside(40)
    created_by_id: str = staff_id(default="")
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    expires_at: datetime | None = moment()
    opened_at: datetime | None = moment()
    returned_at: datetime | None = moment()
    returned_status: str | None = outside(60, default=None)
    returns: int = 0
    withdrawn_at: datetime | None = moment()


class Aal2Session(SQLModel, table=True):
    """A session that a return from a challenge brought: good for one query.

    A challenge has several where somebody else caused a return too; upstream knows the real one.
    `secret` is upstream's session id, encrypted, and null from the moment it is used or ended.
    `fingerprint` tells that the same one came before. `used_by` is the query that consumed it.
    """

    __tablename__ = "aal2_session"
    __table_args__ = (
        Index(None, "patient_id", "verified_at"),
        Index(None, "ended_at", "verified_at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    challenge_id: str = Field(foreign_key="aal2_challenge.id", max_length=36, index=True)
    patient_id: str = outside(100)
    proofed_identity_id: str = outside(100)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    fingerprint: str = Field(max_length=64, unique=True)
    verified_at: datetime = Field(sa_type=UtcDateTime)
    # Indexed, or each query that is purged would have the whole table read.
    used_by: str | None = Field(
        default=None, foreign_key="network_query.id", max_length=36, index=True
    )
    used_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    end_reason: str | None = Field(default=None, max_length=20)


class PatientLink(SQLModel, table=True):
    """One link that was made for a person. Its token is kept as a hash only.

    `target` is the identity session or the challenge. `url` is where Continue leads, encrypted,
    and null once that was used. `opened_at` is the first time that anything, perhaps a mail
    scanner, looked at it. `sent_at` is when somebody copied it or said how they sent it, which
    `sent_by_way` holds. `revoked_at` is when it stopped working unused: a newer link replaced it,
    or, where `withdrawn_at` is set too, somebody withdrew it.
    """

    __tablename__ = "patient_link"
    __table_args__ = (Index(None, "patient_id", "kind"),)

    token_hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=20)
    target: str = Field(index=True, max_length=36)
    patient_id: str = outside(100)
    url: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_by_id: str = staff_id(default="")
    created_by: str = outside(200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    opened_at: datetime | None = moment()
    continued_at: datetime | None = moment()
    revoked_at: datetime | None = moment()
    sent_at: datetime | None = moment()
    sent_by_way: str | None = Field(default=None, max_length=20)
    withdrawn_at: datetime | None = moment()
