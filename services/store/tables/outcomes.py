"""What the charts of outcomes and adoption read, and what people add to them."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Date, Index, LargeBinary
from sqlmodel import Field, SQLModel

from services.store.columns import UtcDateTime, moment, outside, partial, staff_id


class Rollup(SQLModel, table=True):
    """How many things of one kind there were on one day in UTC.

    `cube` says what is counted, `slice` of which part (empty for everything, else as in
    `facility:…`), and `key` is a JSON list of the values by which it is counted. `total` is the
    number of the day. `fine` holds it by quarters of an hour, so that days of any zone can be put
    together. A cube of durations has them in `bins` for the day, and by quarters in `fine`.
    `services.outcomes.rollups.table.packing` says how both are packed.
    """

    __tablename__ = "rollup"
    # Kept in the order of the key: a chart reads the days of one slice one after the other.
    __table_args__ = {"sqlite_with_rowid": False}

    cube: str = Field(primary_key=True, max_length=20)
    slice: str = outside(120, primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    key: str = outside(400, primary_key=True)
    total: int = Field(sa_type=BigInteger)
    fine: bytes | None = Field(default=None, sa_type=LargeBinary)
    bins: bytes | None = Field(default=None, sa_type=LargeBinary)


class PersonSteps(SQLModel, table=True):
    """How far one person is on the way to their records, as it was last folded into the rollups.

    The moments are those at which each step was first reached; null where it was not.
    `step` is the number of steps in a row that were reached, `step_without_consent` the same where
    consent is no step. `counted` are the facts by which the person is counted now: when they change
    or go, the rollups lose what these gave them.
    """

    __tablename__ = "person_steps"
    __table_args__ = (
        # The lists of people who went no further, newest first.
        Index(None, "step", "made_at", "patient_id"),
        Index(None, "step_without_consent", "made_at", "patient_id"),
    )

    patient_id: str = outside(100, primary_key=True)
    step: int = 0
    step_without_consent: int = 0
    made_at: datetime | None = moment()
    opened_at: datetime | None = moment()
    verified_at: datetime | None = moment()
    consent_at: datetime | None = moment()
    challenged_at: datetime | None = moment()
    satisfied_at: datetime | None = moment()
    started_at: datetime | None = moment()
    completed_at: datetime | None = moment()
    received_at: datetime | None = moment()
    counted: dict[str, object] = Field(sa_type=JSON)


class PersonOfTest(SQLModel, table=True):
    """A person whom the staff marked as made up for a test, so that charts can leave them out."""

    __tablename__ = "test_person"

    patient_id: str = outside(100, primary_key=True)
    marked_at: datetime = Field(sa_type=UtcDateTime)
    marked_by_id: str = staff_id()
    marked_by: str = outside(200)


class Annotation(SQLModel, table=True):
    """Something that happened outside and explains a chart: a release, an outage, a campaign.

    `until` is null for a moment without a length. `removed_at` is when somebody took it off.
    """

    __tablename__ = "annotation"
    __table_args__ = (Index(None, "at"),)

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = moment()
    text: str = outside(80)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by_id: str = staff_id()
    created_by: str = outside(200)
    removed_at: datetime | None = moment()
    removed_by_id: str | None = staff_id(default=None)
    removed_by: str | None = outside(200, default=None)


class Goal(SQLModel, table=True):
    """A target line for one measure: it should be at least, or at most, `target`.

    A changed target is a new row; `ended_at` is when the row stopped being the goal.
    """

    __tablename__ = "goal"
    __table_args__ = (
        Index("ix_goal_in_force", "measure", unique=True, **partial("ended_at IS NULL")),
    )

    id: str = Field(primary_key=True, max_length=36)
    measure: str = Field(max_length=40)
    at_least: bool
    target: float
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by_id: str = staff_id()
    created_by: str = outside(200)
    ended_at: datetime | None = moment()
    ended_by_id: str | None = staff_id(default=None)
    ended_by: str | None = outside(200, default=None)
