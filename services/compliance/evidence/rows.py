"""The rows of the log that the evidence of one query rests on, in an order that never varies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from services.queries.requests import IAS, TREATMENT
from services.queries.status import NOT_STARTED, REJECTED
from services.queries.updates import EXTERNAL
from services.store.tables import (
    Aal2Challenge,
    Aal2Session,
    AuditEvent,
    AuditSegment,
    BulkItem,
    BulkRun,
    Consent,
    IdentitySession,
    NetworkQuery,
    ProofedIdentity,
    QuerySource,
    RecordLook,
    RecordRequest,
    StaffSession,
    StartCheck,
    WebhookEvent,
)

BEFORE = timedelta(days=2)
"""How far back other queries of the person, and refused attempts, are read."""

AFTERWARDS = timedelta(days=30)
"""How long after a query requests for records and looks at them count as its own."""

START = "queries.start"
_NEVER_LOOKED_AT = frozenset({"key_refused", "rate_limited", "unreachable"})

Row = TypeVar("Row")


@dataclass
class RowPool:
    """Everything that was read for a batch of queries, in any order."""

    queries: list[NetworkQuery] = field(default_factory=list)
    sources: list[QuerySource] = field(default_factory=list)
    checks: list[StartCheck] = field(default_factory=list)
    starts: list[AuditEvent] = field(default_factory=list)
    staff_sessions: list[StaffSession] = field(default_factory=list)
    bulk_items: list[BulkItem] = field(default_factory=list)
    bulk_runs: list[BulkRun] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    identities: list[ProofedIdentity] = field(default_factory=list)
    verifications: list[IdentitySession] = field(default_factory=list)
    messages: list[WebhookEvent] = field(default_factory=list)
    aal2_sessions: list[Aal2Session] = field(default_factory=list)
    challenges: list[Aal2Challenge] = field(default_factory=list)
    sharing: list[NetworkQuery] = field(default_factory=list)
    others: list[NetworkQuery] = field(default_factory=list)
    attempts: list[AuditEvent] = field(default_factory=list)
    requests: list[RecordRequest] = field(default_factory=list)
    looks: list[RecordLook] = field(default_factory=list)
    look_events: list[AuditEvent] = field(default_factory=list)
    purged: list[AuditSegment] = field(default_factory=list)


@dataclass(frozen=True)
class QueryRows:
    """One query, and all rows that say something of it. Nobody changes them.

    `starts` are the events of its start, `sharing` other queries that name the same AAL2 session,
    `others` queries of the person in the two days before it, `attempts` starts that were refused in
    that time because something lacked. `verifications`, `challenges` and `aal2_sessions` are all of
    the person's. `requests` and `looks` came in the thirty days after it.
    """

    query: NetworkQuery
    sources: tuple[QuerySource, ...] = ()
    check: StartCheck | None = None
    starts: tuple[AuditEvent, ...] = ()
    staff_session: StaffSession | None = None
    run: BulkRun | None = None
    consents: tuple[Consent, ...] = ()
    identity: ProofedIdentity | None = None
    verification: IdentitySession | None = None
    message: WebhookEvent | None = None
    aal2: Aal2Session | None = None
    challenge: Aal2Challenge | None = None
    sharing: tuple[NetworkQuery, ...] = ()
    others: tuple[NetworkQuery, ...] = ()
    attempts: tuple[AuditEvent, ...] = ()
    verifications: tuple[IdentitySession, ...] = ()
    challenges: tuple[Aal2Challenge, ...] = ()
    aal2_sessions: tuple[Aal2Session, ...] = ()
    requests: tuple[RecordRequest, ...] = ()
    looks: tuple[RecordLook, ...] = ()
    look_events: tuple[AuditEvent, ...] = ()
    purged: tuple[AuditSegment, ...] = ()

    @property
    def is_ias(self) -> bool:
        """Whether the person asks for their own records."""
        return self.query.purpose == IAS

    @property
    def is_treatment(self) -> bool:
        """Whether somebody who treats the person asks."""
        return self.query.purpose == TREATMENT

    @property
    def is_external(self) -> bool:
        """Whether another program started it."""
        return self.query.origin == EXTERNAL

    @property
    def start(self) -> AuditEvent | None:
        """The event of its start; None where the access log holds none."""
        return self.starts[0] if self.starts else None

    @property
    def reached_upstream(self) -> bool:
        """Whether upstream looked at it; what it never looked at used up no AAL2 session."""
        return reached_upstream(self.query)

    @property
    def proofed_at(self) -> datetime | None:
        """When the identity was proofed first (UTC).

        The identity's own time moves on when it is verified again, the others stay.
        """
        if self.identity is None:
            return None
        moments = [self.identity.verified_at]
        if self.message is not None:
            moments.append(self.message.received_at)
        if self.verification is not None and self.verification.verified_at is not None:
            moments.append(self.verification.verified_at)
        return min(moments)

    @property
    def age_at_start(self) -> timedelta | None:
        """How long before the start the challenge was satisfied; negative if a clock went back."""
        return self.query.submitted_at - self.aal2.verified_at if self.aal2 else None


def reached_upstream(query: NetworkQuery) -> bool:
    """Whether upstream looked at a query: else the answer says that it never did."""
    unseen = query.status in (REJECTED, NOT_STARTED) and query.error_kind in _NEVER_LOOKED_AT
    return query.request_id is not None or not unseen


def rows_of(pool: RowPool, query: NetworkQuery) -> QueryRows:
    """The rows of one query out of a pool, sorted: their order in the pool changes nothing."""
    person, at = query.patient_id, query.submitted_at
    starts = _some(pool.starts, lambda row: row.object_id == query.id)
    session_id = starts[0].session_id if starts else None
    item = _one(pool.bulk_items, lambda row: row.query_id == query.id)
    identity = _one(
        pool.identities, lambda row: row.proofed_identity_id == query.proofed_identity_id
    )
    aal2 = _one(pool.aal2_sessions, lambda row: row.id == query.aal2_session_id)
    looks = _some(pool.looks, lambda row: _is_after(row.patient_id, row.at, query))
    look_ids = {look.id for look in looks}
    return QueryRows(
        query=query,
        sources=_some(pool.sources, lambda row: row.query_id == query.id),
        check=_one(pool.checks, lambda row: row.query_id == query.id),
        starts=starts,
        staff_session=_one(pool.staff_sessions, lambda row: row.id == session_id),
        run=_one(pool.bulk_runs, lambda row: item is not None and row.id == item.run_id),
        consents=_some(pool.consents, lambda row: row.patient_id == person),
        identity=identity,
        verification=_one(
            pool.verifications, lambda row: identity is not None and row.id == identity.from_session
        ),
        message=_one(
            pool.messages, lambda row: identity is not None and row.id == identity.from_event
        ),
        aal2=aal2,
        challenge=_one(
            pool.challenges, lambda row: aal2 is not None and row.id == aal2.challenge_id
        ),
        sharing=_some(
            pool.sharing,
            lambda row: (
                query.aal2_session_id is not None
                and row.aal2_session_id == query.aal2_session_id
                and row.id != query.id
            ),
        ),
        others=_some(
            pool.others,
            lambda row: (
                row.patient_id == person
                and row.id != query.id
                and at - BEFORE <= row.submitted_at <= at
            ),
        ),
        attempts=_some(
            pool.attempts,
            lambda row: row.patient_id == person and at - BEFORE <= row.at <= at,
        ),
        verifications=_some(pool.verifications, lambda row: row.patient_id == person),
        challenges=_some(pool.challenges, lambda row: row.patient_id == person),
        aal2_sessions=_some(pool.aal2_sessions, lambda row: row.patient_id == person),
        requests=_some(
            pool.requests, lambda row: _is_after(row.patient_id, row.submitted_at, query)
        ),
        looks=looks,
        look_events=_some(pool.look_events, lambda row: row.object_id in look_ids),
        purged=_some(pool.purged, lambda row: row.first_at <= at <= row.last_at),
    )


def _is_after(patient_id: str, at: datetime, query: NetworkQuery) -> bool:
    since = query.submitted_at
    return patient_id == query.patient_id and since <= at < since + AFTERWARDS


def _some(rows: Iterable[Row], is_wanted: Any) -> tuple[Row, ...]:
    return tuple(sorted((row for row in rows if is_wanted(row)), key=_key))


def _one(rows: Iterable[Row], is_wanted: Any) -> Row | None:
    found = _some(rows, is_wanted)
    return found[0] if found else None


_TIMES = ("submitted_at", "given_at", "verified_at", "created_at", "received_at", "at", "first_at")


def _key(row: Any) -> tuple[Any, ...]:
    """By time, then by key: two rows never share both."""
    time = next((getattr(row, name) for name in _TIMES if getattr(row, name, None)), None)
    keys = [str(getattr(row, name, "")) for name in ("type", "specific_source", "attempt")]
    number = getattr(row, "seq", None)
    own = [str(getattr(row, name, "")) for name in ("id", "proofed_identity_id", "query_id")]
    return time is not None, time or 0, number or 0, *keys, *own
