"""What people agreed to, and what their identity was proofed against."""

from datetime import datetime

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside, staff_id


class ConsentText(SQLModel, table=True):
    """A text that somebody agreed to, kept as long as a consent names it.

    `text_hash` is the SHA-256, in hexadecimal, of the text in UTF-8.
    """

    __tablename__ = "consent_text"

    text_hash: str = Field(primary_key=True, max_length=64)
    version: str = outside(40)
    text: str = Field(sa_type=Text)
    first_used_at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """One person's agreement to one version of a text. A new agreement is a new row.

    `way` is how it was captured: on the page of a link, by an import, or by telephone, where
    `recorded_by` is who of the staff wrote it down. `given_at` is when the person agreed, and
    `recorded_at` when the log learned of it. `import_id` is the company's own id of an imported
    one. `link_target` is the identity session or the challenge on whose page it was given.
    `revoke_hash` is the hash of the token of the person's own lasting link. `revoked_at` is when it
    was revoked, `revoked_way` how, and `revoked_by` by whom of the staff.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index(None, "patient_id", "given_at"),
        # By these retention finds what is over, and texts that nobody agreed to any more.
        Index(None, "ends_at"),
        Index(None, "revoked_at"),
        Index(None, "text_hash"),
    )

    id: str = Field(primary_key=True, max_length=36)
    patient_id: str = outside(100)
    version: str = outside(40)
    text_hash: str = Field(max_length=64)
    way: str = Field(max_length=20)
    given_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = moment()
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: str | None = staff_id(default=None)
    recorded_by: str | None = outside(200, default=None)
    import_id: str | None = outside(100, default=None, unique=True)
    link_target: str | None = Field(default=None, max_length=36)
    revoke_hash: str | None = Field(default=None, max_length=64, unique=True)
    revoked_at: datetime | None = moment()
    revoked_way: str | None = Field(default=None, max_length=20)
    revoked_by_id: str | None = staff_id(default=None)
    revoked_by: str | None = outside(200, default=None)


class ProofedDemographics(SQLModel, table=True):
    """A keyed hash of one field of the record as it was shortly after an identity was proofed.

    `key_version` names the key: hashes of two keys cannot be compared.
    """

    __tablename__ = "proofed_demographics"

    proofed_identity_id: str = outside(100, primary_key=True)
    field: str = Field(primary_key=True, max_length=20)
    hash: str = Field(max_length=64)
    key_version: str = Field(max_length=16)
    captured_at: datetime = Field(sa_type=UtcDateTime)


class StartCheck(SQLModel, table=True):
    """What was known of the person as an IAS query was started; written with its intent.

    `demographics` says whether the record was the one that the identity was proofed against.
    `drifted` and `missing` name fields, never their values. `drift_reason` is why the query was
    started in spite of a drift. `consent` is the state of the consent then, or `off` where there
    was none and the company held consents elsewhere; `consent_id` says which.
    """

    __tablename__ = "start_check"

    query_id: str = Field(primary_key=True, foreign_key="network_query.id", max_length=36)
    at: datetime = Field(sa_type=UtcDateTime)
    demographics: str = Field(max_length=20)
    drifted: list[str] = Field(sa_type=JSON)
    missing: list[str] = Field(sa_type=JSON)
    drift_reason: str | None = outside(60, default=None)
    consent: str = Field(max_length=20)
    consent_id: str | None = Field(default=None, max_length=36)
