"""The rows of the log that the evidence of one query rests on, in an order that never varies."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
    that time because something was missing. `verifications`, `challenges` and `aal2_sessions` are
    all of the person's. `requests` and `looks` came in the thirty days after it.
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


class Grouped:
    """The rows of a pool, found by the value of a column; made once for a whole batch."""

    def __init__(self, pool: RowPool) -> None:
        self._pool = pool
        self._groups: dict[tuple[str, str], dict[Any, list[Any]]] = {}
        self.purged = sorted(pool.purged, key=_key)

    def some(self, rows: str, column: str, value: Any, is_wanted: Any = None) -> tuple[Any, ...]:
        """The rows with that value, sorted; of these only the wanted ones. None has no rows."""
        if value is None:
            return ()
        found = self._group(rows, column).get(value, [])
        return tuple(sorted((row for row in found if not is_wanted or is_wanted(row)), key=_key))

    def one(self, rows: str, column: str, value: Any) -> Any:
        """The first row with that value, None without one."""
        found = self.some(rows, column, value)
        return found[0] if found else None

    def _group(self, rows: str, column: str) -> dict[Any, list[Any]]:
        if (rows, column) not in self._groups:
            groups = self._groups[rows, column] = {}
            for row in getattr(self._pool, rows):
                groups.setdefault(getattr(row, column), []).append(row)
        return self._groups[rows, column]


def rows_of(pool: RowPool | Grouped, query: NetworkQuery) -> QueryRows:
    """The rows of one query out of a pool, sorted: their order in the pool changes nothing."""
    grouped = pool if isinstance(pool, Grouped) else Grouped(pool)
    some, one = grouped.some, grouped.one
    starts = some("starts", "object_id", query.id)
    item = one("bulk_items", "query_id", query.id)
    identity = one("identities", "proofed_identity_id", query.proofed_identity_id)
    aal2 = one("aal2_sessions", "id", query.aal2_session_id)
    person = query.patient_id
    looks = some("looks", "patient_id", person, lambda row: _is_after(row.at, query))
    events = (some("look_events", "object_id", look.id) for look in looks)
    return QueryRows(
        query=query,
        sources=some("sources", "query_id", query.id),
        check=one("checks", "query_id", query.id),
        starts=starts,
        staff_session=one("staff_sessions", "id", starts[0].session_id) if starts else None,
        run=one("bulk_runs", "id", item.run_id) if item else None,
        consents=some("consents", "patient_id", person),
        identity=identity,
        verification=one("verifications", "id", identity.from_session) if identity else None,
        message=one("messages", "id", identity.from_event) if identity else None,
        aal2=aal2,
        challenge=one("challenges", "id", aal2.challenge_id) if aal2 else None,
        sharing=some(
            "sharing", "aal2_session_id", query.aal2_session_id, lambda row: row.id != query.id
        ),
        others=some("others", "patient_id", person, lambda row: _is_other_before(row, query)),
        attempts=some("attempts", "patient_id", person, lambda row: _is_before(row.at, query)),
        verifications=some("verifications", "patient_id", person),
        challenges=some("challenges", "patient_id", person),
        aal2_sessions=some("aal2_sessions", "patient_id", person),
        requests=some(
            "requests", "patient_id", person, lambda row: _is_after(row.submitted_at, query)
        ),
        looks=looks,
        look_events=tuple(sorted((event for found in events for event in found), key=_key)),
        purged=_purged(grouped, query),
    )


def _purged(grouped: Grouped, query: NetworkQuery) -> tuple[AuditSegment, ...]:
    """The segments without events in which the start may have stood."""
    at = query.submitted_at
    return tuple(row for row in grouped.purged if row.first_at <= at <= row.last_at)


def _is_before(at: datetime, query: NetworkQuery) -> bool:
    return query.submitted_at - BEFORE <= at <= query.submitted_at


def _is_other_before(row: NetworkQuery, query: NetworkQuery) -> bool:
    return row.id != query.id and _is_before(row.submitted_at, query)


def _is_after(at: datetime, query: NetworkQuery) -> bool:
    return query.submitted_at <= at < query.submitted_at + AFTERWARDS


_TIMES = ("submitted_at", "given_at", "verified_at", "created_at", "received_at", "at", "first_at")
_KEYS = ("type", "specific_source", "attempt", "id", "proofed_identity_id", "query_id")


def _key(row: Any) -> tuple[Any, ...]:
    """By time, then by key: two rows of one table never share both."""
    # Read past SQLAlchemy, which takes twenty times as long for each of millions of values.
    values = row.__dict__
    time = next((values[name] for name in _TIMES if values.get(name)), None)
    keys = [str(values.get(name, "")) for name in _KEYS]
    return time is not None, time or 0, values.get("seq") or 0, *keys
