"""Reads the looks of the access log that rules judge, and what stands near them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from services.compliance.assessing.judgement import LOOK
from services.compliance.assessing.marks import LOOKS, Mark, read_mark
from services.compliance.rules.looks import MANY_PEOPLE, PERSON_LOOK, RECORD_LOOKS
from services.store.audit_chain import read_head
from services.store.tables import Assessment, AuditEvent, NetworkQuery, RecordLook

LOOKS_AT_ONCE = 200
_LONGEST_STRETCH = 20_000
_FAR = 1000
"""The mark follows the head of the access log in steps of so many events that are no looks."""

_OPEN_FOR = timedelta(days=30)
"""How far back queries of a person are read that may still run."""


@dataclass(frozen=True)
class Looks:
    """The next looks, oldest first, and what stands near them."""

    events: Sequence[AuditEvent]
    mark: Mark
    tickets: dict[str, str] = field(default_factory=dict)
    """The ticket of a look at records, by the id of its row."""
    queries: Sequence[NetworkQuery] = ()
    views: Sequence[Any] = ()
    """Seq, time, staff id and person of every look at a person in the hour before."""
    found: Sequence[Assessment] = ()
    """What was found of the same members of the staff a short while before."""


def read_looks(session: Session, within: timedelta, most: int = LOOKS_AT_ONCE) -> Looks | None:
    """The looks behind the mark, at most `most`; None where there is nothing to do.

    Events are numbered without gaps in the order of their commits, so none comes later.
    """
    mark, head = read_mark(session, LOOKS), read_head(session).seq
    end = min(head, mark.seq + _LONGEST_STRETCH)
    events = session.exec(_behind(select(AuditEvent), mark, end).limit(most)).all()
    last = events[-1].seq if len(events) == most else end
    if not events and last < mark.seq + _FAR:
        return None
    # A look that failed has a second event, which says so.
    seen = [event for event in events if event.patient_id and event.outcome == "done"]
    records = [event for event in seen if event.action in RECORD_LOOKS]
    people = [event for event in seen if event.action == PERSON_LOOK]
    return Looks(
        seen,
        Mark(LOOKS, last),
        _read_tickets(session, records),
        _read_queries(session, records),
        _read_views(session, people, within),
        _read_found(session, people, within),
    )


def skip_look(session: Session) -> Mark:
    """The mark behind the next look: for one that cannot be read."""
    mark, head = read_mark(session, LOOKS), read_head(session).seq
    # Only its number: whatever else it has may be what cannot be read.
    seq = session.exec(_behind(select(AuditEvent.seq), mark, head).limit(1)).first()
    return Mark(LOOKS, head if seq is None else seq)


def _behind(wanted: Any, mark: Mark, end: int) -> Any:
    # Hidden from the index by action, which would be read to its end and sorted by number.
    action = func.coalesce(col(AuditEvent.action), "")
    seq = col(AuditEvent.seq)
    looks = wanted.where(action.in_([PERSON_LOOK, *RECORD_LOOKS]), seq > mark.seq, seq <= end)
    return looks.order_by(seq)


def _read_tickets(session: Session, events: Sequence[AuditEvent]) -> dict[str, str]:
    ids = sorted({event.object_id for event in events if event.object_id})
    if not ids:
        return {}
    wanted = select(RecordLook.id, RecordLook.ticket).where(col(RecordLook.id).in_(ids))
    return {look_id: ticket for look_id, ticket in session.exec(wanted).all() if ticket}


def _read_queries(session: Session, events: Sequence[AuditEvent]) -> Sequence[NetworkQuery]:
    if not events:
        return ()
    people = sorted({event.patient_id for event in events if event.patient_id})
    times = [event.at for event in events]
    at = col(NetworkQuery.submitted_at)
    wanted = select(NetworkQuery).where(col(NetworkQuery.patient_id).in_(people))
    return session.exec(wanted.where(at.between(min(times) - _OPEN_FOR, max(times)))).all()


def _read_views(session: Session, events: Sequence[AuditEvent], within: timedelta) -> Sequence[Any]:
    """Every look at a person by the same staff, from the hour before the first of these events."""
    if not events:
        return ()
    since = min(event.at for event in events) - within
    at, seq = col(AuditEvent.at), col(AuditEvent.seq)
    first = session.exec(select(seq).where(at >= since).order_by(at, seq).limit(1)).first()
    wanted = select(seq, at, col(AuditEvent.actor_id), col(AuditEvent.patient_id))
    of_stretch = wanted.where(seq.between(first or 0, events[-1].seq))
    actors = sorted({event.actor_id for event in events})
    return session.exec(
        of_stretch.where(
            col(AuditEvent.action) == PERSON_LOOK, col(AuditEvent.actor_id).in_(actors)
        ).order_by(seq)
    ).all()


def _read_found(
    session: Session, events: Sequence[AuditEvent], within: timedelta
) -> Sequence[Assessment]:
    if not events:
        return ()
    since = min(event.at for event in events) - within
    wanted = select(Assessment).where(
        col(Assessment.actor_id).in_(sorted({event.actor_id for event in events})),
        col(Assessment.severity) >= 1,
        col(Assessment.at) >= since,
        col(Assessment.kind) == LOOK,
    )
    return [row for row in session.exec(wanted).all() if MANY_PEOPLE in row.findings]


def people_seen(views: Sequence[Any], event: AuditEvent, within: timedelta) -> frozenset[str]:
    """Whom the member of the staff looked at within the time before the event, and with it."""
    return frozenset(
        patient_id
        for seq, at, actor_id, patient_id in views
        if actor_id == event.actor_id
        and patient_id
        and seq <= event.seq
        and event.at - within < at <= event.at
    )


def last_found(rows: Sequence[tuple[str | None, datetime]], event: AuditEvent) -> datetime | None:
    """When the same member of the staff was found last, before the event."""
    moments = [at for actor_id, at in rows if actor_id == event.actor_id and at < event.at]
    return max(moments, default=None)
