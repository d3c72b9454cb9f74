"""Network queries and their sources."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.store.columns import ErrorColumns, UtcDateTime, moment, outside, partial, staff_id
from services.store.endings import ending_index

BY_STAFF = "started_by_id <> ''"
"""The condition of the index by which somebody's queries are found, open or not.

It is said only by a list that wants all of them: otherwise a database would take this index for
the open ones too.
"""


class NetworkQuery(ErrorColumns, table=True):
    """One network query: written as an intent before it is started, then updated by its outcome.

    `requested` names the sources asked for, as in "hie pharmacy:realtime lab"; empty for a query
    that the dashboard did not start. `aal2_session_id` is our row of the session, never the
    credential. `next_check_at` is when upstream is asked next, null once nothing more is expected.
    `unreadable` holds the values of upstream's answer that cannot be read or true, as text.
    `upstream_status` is the status in upstream's newest answer, null once a webhook is newer.
    `normal_error` is `error_title` normalised; `services.store.filled_columns` fills it.
    """

    __tablename__ = "network_query"
    __table_args__ = (
        Index(None, "patient_id", "submitted_at"),
        Index(None, "status", "submitted_at"),
        Index(None, "purpose", "origin", "submitted_at"),
        Index(None, "facility_id", "submitted_at"),
        Index(
            "ix_network_query_started_by",
            "started_by_id",
            "submitted_at",
            **partial(BY_STAFF),
        ),
        Index(
            "ix_network_query_error",
            "normal_error",
            "submitted_at",
            **partial("normal_error IS NOT NULL"),
        ),
        # Few queries are open at a time, and every open page asks for its viewer's.
        Index("ix_network_query_open", "started_by_id", **partial("next_check_at IS NOT NULL")),
        Index(
            "ix_network_query_identity",
            "proofed_identity_id",
            **partial("proofed_identity_id IS NOT NULL"),
        ),
        # Which other queries name the same AAL2 session: none should.
        Index(
            "ix_network_query_aal2_session",
            "aal2_session_id",
            **partial("aal2_session_id IS NOT NULL"),
        ),
        ending_index("network_query", "id"),
        ending_index("network_query", "request_id"),
        ending_index("network_query", "patient_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    request_id: str | None = outside(100, default=None, unique=True)
    patient_id: str = outside(100)
    facility_id: str | None = outside(100, default=None)
    purpose: str = outside(40)
    origin: str = Field(max_length=20)
    status: str = outside(40)
    requested: str = outside(100, default="")
    started_by_id: str | None = staff_id(default=None)
    started_by: str | None = outside(200, default=None)
    reason: str | None = outside(60, default=None)
    ticket: str | None = outside(40, default=None)
    proofed_identity_id: str | None = outside(100, default=None)
    aal2_session_id: str | None = Field(default=None, max_length=36)
    submitted_at: datetime = Field(sa_type=UtcDateTime, index=True)
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()
    next_check_at: datetime | None = moment(index=True)
    checks: int = 0
    unreadable: str | None = outside(1000, default=None)
    upstream_status: str | None = outside(40, default=None)
    normal_error: str | None = outside(200, default=None)


class QuerySource(SQLModel, table=True):
    """One source of a query, one row per attempt (1, 2, …).

    A type has one row until webhooks name its providers (`specific_source`), then one for each of
    them: two providers of a type may end differently. `submitted_at` is that of the query, by which
    lists of queries are in order, and `normal_error` is `error_message` normalised;
    `services.store.filled_columns` fills both. `reported_at` is when a webhook about the type was
    first applied, null as long as none was.
    """

    __tablename__ = "query_source"
    __table_args__ = (
        UniqueConstraint("query_id", "type", "specific_source", "attempt"),
        Index(None, "type", "status", "submitted_at"),
        Index(
            "ix_query_source_error",
            "normal_error",
            "type",
            "submitted_at",
            **partial("normal_error IS NOT NULL"),
        ),
        # Sooner or later a webhook tells of nearly every source: those without one are few.
        Index(
            "ix_query_source_unreported",
            "status",
            "submitted_at",
            **partial("reported_at IS NULL"),
        ),
    )

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
    submitted_at: datetime | None = moment()
    normal_error: str | None = outside(200, default=None)
    reported_at: datetime | None = moment()
