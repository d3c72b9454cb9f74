"""What was found about queries and looks, what reviewers decided, and what must be kept."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Date, Index, Integer, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside, partial, staff_id

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Assessment(SQLModel, table=True):
    """What the rules say of one query or one look, as of `assessed_at`.

    `subject` is the id of the query, or `event ` and the number of the look in the access log.
    `at` is when it was submitted or happened. `present` and `applicable` count the links of the
    evidence, `missing` names the missing ones. `severity` is that of the worst finding, 0 for none.
    `due_at` is when the time alone may change the answer; null where only new facts can.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        Index(None, "severity", "at", "subject"),
        Index(None, "actor_id", "severity", "at", "subject"),
        Index(None, "purpose", "severity", "at", "subject"),
        Index(
            "ix_assessment_incomplete",
            "severity",
            "at",
            "subject",
            **partial("present < applicable"),
        ),
        Index(None, "at", "subject"),
        Index(None, "assessed_at", "subject"),
        Index(None, "patient_id", "at"),
    )

    subject: str = Field(primary_key=True, max_length=60)
    kind: str = Field(max_length=10)
    purpose: str = outside(40, default="")
    patient_id: str = outside(100)
    actor_id: str | None = staff_id(default=None)
    actor: str | None = outside(200, default=None)
    at: datetime = Field(sa_type=UtcDateTime)
    rules_version: str = Field(max_length=20)
    present: int = 0
    applicable: int = 0
    severity: int = 0
    missing: list[str] = Field(sa_type=JSON)
    findings: list[str] = Field(sa_type=JSON)
    assessed_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = moment(index=True)


class Finding(SQLModel, table=True):
    """That a rule found something about a subject; `gone_at` is when it was true no more."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("subject", "rule"), Index(None, "rule", "at", "subject"))

    id: str = Field(primary_key=True, max_length=36)
    subject: str = Field(max_length=60)
    rule: str = Field(max_length=60)
    rules_version: str = Field(max_length=20)
    severity: int
    at: datetime = Field(sa_type=UtcDateTime)
    found_at: datetime = Field(sa_type=UtcDateTime)
    gone_at: datetime | None = moment()


class AssessmentDay(SQLModel, table=True):
    """How often something occurs among the assessments of a day (UTC), so that a period is cheap.

    `what` is `ias` (queries), `complete` (those without a missing link), `present`, `applicable`
    (links of IAS queries), `severity 1` to `severity 3` (subjects by their worst finding), or
    `rule ` and its code.
    """

    __tablename__ = "assessment_day"

    day: date = Field(primary_key=True, sa_type=Date)
    what: str = Field(primary_key=True, max_length=70)
    number: int = Field(sa_type=_NUMBER)


class WorkMark(SQLModel, table=True):
    """How far a worker has read: `seq` of a numbered table, or `at` and `key` of one by time."""

    __tablename__ = "work_mark"

    name: str = Field(primary_key=True, max_length=40)
    seq: int = Field(default=0, sa_type=_NUMBER)
    at: datetime | None = moment()
    key: str = outside(100, default="")


class ReviewItem(SQLModel, table=True):
    """One subject that waits for a reviewer, or had one.

    It stands there for its findings, for the random sample of `sampled_week` (as 2026-W47), or for
    both. `actor_id` is who started the query or looked: they do not review it. `decisions` counts
    those made, so that a decision on what another has just decided is noticed. `openings` counts
    how often it was opened: a new finding opens a closed one again. `due_on` (UTC) is when an item
    that is followed up comes back, null for any other.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        Index(None, "status", "severity", "opened_at", "id"),
        Index(None, "assigned_id", "status", "severity", "opened_at", "id"),
        Index(None, "closed_at", "id"),
        # Retention asks whether a stretch of time has a review that is not old enough.
        Index(None, "at"),
        Index("ix_review_item_due_on", "due_on", **partial("due_on IS NOT NULL")),
    )

    id: str = Field(primary_key=True, max_length=36)
    subject: str = Field(max_length=60, unique=True)
    kind: str = Field(max_length=10)
    purpose: str = outside(40, default="")
    patient_id: str = outside(100)
    actor_id: str | None = staff_id(default=None)
    actor: str | None = outside(200, default=None)
    at: datetime = Field(sa_type=UtcDateTime)
    severity: int = 0
    findings: list[str] = Field(sa_type=JSON)
    sampled_week: str | None = Field(default=None, max_length=10, index=True)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    status: str = Field(max_length=20)
    assigned_id: str | None = staff_id(default=None)
    assigned: str | None = outside(200, default=None)
    due_on: date | None = Field(default=None, sa_type=Date)
    closed_at: datetime | None = moment()
    outcome: str | None = Field(default=None, max_length=20)
    decisions: int = 0
    openings: int = 1


class ReviewDecision(SQLModel, table=True):
    """What one reviewer decided. Appended, never changed; `note` is encrypted.

    `number` counts the decisions of an item: 1, 2, 3 … `opening` is which of the item's openings it
    belongs to, as only those of the last one make its state. `findings` and `rules_version` are
    what the reviewer judged. `owner` and `due_on` say who follows up, and until when.
    """

    __tablename__ = "review_decision"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        Index(None, "at", "id"),
        Index(None, "reviewer_id", "at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    item_id: str = Field(foreign_key="review_item.id", max_length=36)
    number: int
    opening: int = 1
    reviewer_id: str = staff_id()
    reviewer: str = outside(200)
    role: str = Field(max_length=20)
    decision: str = Field(max_length=20)
    findings: list[str] = Field(sa_type=JSON)
    rules_version: str = Field(max_length=20)
    note: bytes | None = Field(default=None, sa_type=LargeBinary)
    owner_id: str | None = staff_id(default=None)
    owner: str | None = outside(200, default=None)
    due_on: date | None = Field(default=None, sa_type=Date)
    at: datetime = Field(sa_type=UtcDateTime)


class ReviewSample(SQLModel, table=True):
    """How the random sample of a closed week was drawn, so that anybody can repeat it.

    `seed` is the hash of the last event of the access log of that week, and `head_seq` its number.
    """

    __tablename__ = "review_sample"

    week: str = Field(primary_key=True, max_length=10)
    head_seq: int = Field(sa_type=_NUMBER)
    seed: str = Field(max_length=64)
    rate: float
    population: int
    drawn: int
    drawn_at: datetime = Field(sa_type=UtcDateTime)


class RecordLook(SQLModel, table=True):
    """That somebody looked at fetched records (break-glass); it waits until a reviewer has seen it.

    `act` is `list` or `download`. It is written before the records are read; `failed` is set where
    none came. The events of the look name the row's id.
    """

    __tablename__ = "record_look"
    __table_args__ = (
        Index("ix_record_look_unseen", "at", **partial("seen_at IS NULL")),
        Index(None, "at"),
        Index(None, "patient_id", "at"),
    )

    id: str = Field(primary_key=True, max_length=36)
    patient_id: str = outside(100)
    record_request_id: str | None = Field(default=None, max_length=36)
    act: str = Field(max_length=20)
    actor_id: str = staff_id()
    actor: str = outside(200)
    reason: str = outside(60)
    ticket: str | None = outside(40, default=None)
    at: datetime = Field(sa_type=UtcDateTime)
    failed: bool = False
    seen_at: datetime | None = moment()
    seen_by_id: str | None = staff_id(default=None)
    seen_by: str | None = outside(200, default=None)


class LegalHold(SQLModel, table=True):
    """What must not be purged: all about a person, or all of a period (UTC), until it is lifted.

    Without `patient_id` it holds everybody's rows from `since` to `until`, whole days, both of them
    included. `lifted_reason` and `lifted_ticket` are why it was lifted.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (Index(None, "patient_id"),)

    id: str = Field(primary_key=True, max_length=36)
    patient_id: str | None = outside(100, default=None)
    since: date | None = Field(default=None, sa_type=Date)
    until: date | None = Field(default=None, sa_type=Date)
    reason: str = outside(60)
    ticket: str | None = outside(40, default=None)
    set_at: datetime = Field(sa_type=UtcDateTime)
    set_by_id: str = staff_id()
    set_by: str = outside(200)
    lifted_at: datetime | None = moment()
    lifted_by_id: str | None = staff_id(default=None)
    lifted_by: str | None = outside(200, default=None)
    lifted_reason: str | None = outside(60, default=None)
    lifted_ticket: str | None = outside(40, default=None)
