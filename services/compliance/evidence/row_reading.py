"""Reads all rows that the evidence of some queries needs: a fixed number of statements."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import and_, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from services.compliance.evidence.rows import AFTERWARDS, BEFORE, START, RowPool
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

Row = TypeVar("Row")

# Hidden from the index by action: there are millions of starts, and few events of one query or
# person, whose index SQLite would not choose by itself.
_IS_START = func.coalesce(col(AuditEvent.action), "") == START


def read_pool(session: Session, query_ids: Collection[str]) -> RowPool:
    """The rows of these queries, at most a hundred of them; ids that are unknown are left out."""
    pool = RowPool(queries=_read(session, NetworkQuery, "id", query_ids))
    ids = [query.id for query in pool.queries]
    people = {query.patient_id for query in pool.queries}
    _read_start(session, pool, ids)
    _read_access(session, pool, people)
    _read_near(session, pool, people)
    return pool


def _read_start(session: Session, pool: RowPool, ids: Collection[str]) -> None:
    """What belongs to the queries themselves, and who started them."""
    pool.sources = _read(session, QuerySource, "query_id", ids)
    pool.checks = _read(session, StartCheck, "query_id", ids)
    wanted = select(AuditEvent).where(col(AuditEvent.object_id).in_(ids))
    pool.starts = [
        event for event in session.exec(wanted.where(_IS_START)).all() if event.outcome == "asked"
    ]
    sessions = _names(event.session_id for event in pool.starts)
    secret = defer(col(StaffSession.id_token), raiseload=True)  # type: ignore[arg-type]
    pool.staff_sessions = _read(session, StaffSession, "id", sessions, secret)
    pool.bulk_items = _read(session, BulkItem, "query_id", ids)
    pool.bulk_runs = _read(session, BulkRun, "id", {item.run_id for item in pool.bulk_items})
    over = select(AuditSegment).where(col(AuditSegment.purged_at).is_not(None))
    # A row a month, and only those whose events are gone.
    pool.purged = list(session.exec(over).all())


def _read_access(session: Session, pool: RowPool, people: Collection[str]) -> None:
    """What the people agreed to, how they were proofed, and how they authenticated.

    The rows that a query names are read by their key too: they may be another person's.
    """
    pool.consents = _read(session, Consent, "patient_id", people)
    named = _names(query.proofed_identity_id for query in pool.queries)
    pool.identities = _read(session, ProofedIdentity, "proofed_identity_id", named)
    from_sessions = _names(identity.from_session for identity in pool.identities)
    pool.verifications = _both(session, IdentitySession, people, from_sessions)
    from_events = _names(identity.from_event for identity in pool.identities)
    body = defer(col(WebhookEvent.body), raiseload=True)  # type: ignore[arg-type]
    pool.messages = _read(session, WebhookEvent, "id", from_events, body)
    used = _names(query.aal2_session_id for query in pool.queries)
    secret = defer(col(Aal2Session.secret), raiseload=True)  # type: ignore[arg-type]
    pool.aal2_sessions = _both(session, Aal2Session, people, used, secret)
    challenges = _names(row.challenge_id for row in pool.aal2_sessions)
    pool.challenges = _both(session, Aal2Challenge, people, challenges)
    pool.sharing = _read(session, NetworkQuery, "aal2_session_id", used)


def _read_near(session: Session, pool: RowPool, people: Collection[str]) -> None:
    """What happened to the people before and after."""
    pool.others = _read_around(session, NetworkQuery, "submitted_at", pool.queries, before=True)
    refused = _read_around(session, AuditEvent, "at", pool.queries, before=True)
    pool.attempts = [event for event in refused if event.outcome == "not ready"]
    pool.requests = _read_around(session, RecordRequest, "submitted_at", pool.queries, before=False)
    pool.looks = _read_around(session, RecordLook, "at", pool.queries, before=False)
    looks = [look.id for look in pool.looks]
    pool.look_events = _read(session, AuditEvent, "object_id", looks)


def _read(
    session: Session, table: type[Row], column: str, values: Collection[str], *options: Any
) -> list[Row]:
    if not values:
        return []
    wanted = select(table).where(getattr(table, column).in_(sorted(values)))
    return list(session.exec(wanted.options(*options)).all())


def _both(
    session: Session, table: Any, people: Collection[str], ids: Collection[str], *options: Any
) -> list[Any]:
    """The people's rows, and those with the ids."""
    own = _read(session, table, "patient_id", people, *options)
    known = {row.id for row in own}
    return own + _read(session, table, "id", set(ids) - known, *options)


def _read_around(
    session: Session,
    table: type[Row],
    time: str,
    queries: Sequence[NetworkQuery],
    before: bool,
) -> list[Row]:
    """The rows of each query's person in the time before or after its start."""
    if not queries:
        return []
    at, patient_id = getattr(table, time), getattr(table, "patient_id")  # noqa: B009
    near = [
        and_(
            patient_id == query.patient_id,
            at.between(query.submitted_at - BEFORE, query.submitted_at)
            if before
            else at.between(query.submitted_at, query.submitted_at + AFTERWARDS),
        )
        for query in queries
    ]
    wanted = select(table).where(or_(*near))
    if table is AuditEvent:
        wanted = wanted.where(_IS_START)
    return list(session.exec(wanted).all())


def _names(values: Iterable[str | None]) -> set[str]:
    return {value for value in values if value}
