"""Segments: closed stretches of the access log, sealed, and in the end purged.

A segment ends where a later month begins. Events are numbered in the order of their commits, so
everything up to the head is final: a stretch behind which a later month has begun never grows.
An event that was written late, with the time of the month before, belongs to the later segment;
`last_at` is the latest time in a segment, so nothing is purged too early for it.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, func, select

from services.clock import Clock
from services.staff.audit import Audit
from services.staff.proof.signing import Signature, SigningKeys
from services.store import Duplicate, Store, lock_holds
from services.store.audit_chain import BEGINNING, hash_event, read_stretch
from services.store.tables import AuditEvent, AuditSegment

PURGE = "audit.purge"
"""The action of the event that a purge leaves."""

MOST_DELETED = 5000
"""Events that one transaction deletes, so that no other writer waits long for it."""

IsHeld = Callable[[Session, AuditSegment], bool]
"""Whether something keeps a segment that is old enough, such as a legal hold."""

_log = logging.getLogger(__name__)


@dataclass
class _Summary:
    """What a seal says of a stretch."""

    first_at: datetime
    last_at: datetime
    last_hash: str
    counts: Counter[str]


class Segments:
    """Owns the table `audit_segment`, and deletes the events of segments that are old enough."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: Audit,
        keys: SigningKeys,
        retention: timedelta,
        is_held: IsHeld = lambda _session, _segment: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._keys = keys
        self._retention = retention
        self._is_held = is_held

    def seal(self) -> int:
        """Seal the oldest closed stretch that is not sealed yet; answers how many it sealed.

        A stretch in which an event does not fit is not sealed: verification names that event.
        """
        with self._store.read() as session:
            segment = self._next_segment(session)
        if segment is None:
            return 0
        try:
            with self._store.write() as session:
                if _last_segment_seq(session) >= segment.first_seq:
                    return 0
                session.add(segment)
        except Duplicate:
            # Another machine sealed it at the same moment.
            return 0
        return 1

    def purge(self) -> int:
        """Delete some of the events that are older than the retention time; answers how many.

        Only whole sealed segments go, the oldest first. The first of its transactions marks the
        segment, and appends the event that names it; each deletes the first events that are left,
        so that at any moment the rest still leads to the sealed hash.
        """
        with self._store.read() as session:
            segment_id = self._begun_purge(session) or self._due_purge(session)
        return 0 if segment_id is None else self._purge_some(segment_id)

    def _next_segment(self, session: Session) -> AuditSegment | None:
        first = _last_segment_seq(session) + 1
        last = _end_of_month(session, first, self._clock())
        if last is None:
            return None
        previous_hash = _hash_before(session, first)
        summary = _summarize(session, first, last, previous_hash)
        return None if summary is None else self._sealed(first, last, previous_hash, summary)

    def _sealed(self, first: int, last: int, previous_hash: str, summary: _Summary) -> AuditSegment:
        segment = AuditSegment(
            first_seq=first,
            last_seq=last,
            first_at=summary.first_at,
            last_at=summary.last_at,
            previous_hash=previous_hash,
            last_hash=summary.last_hash,
            counts=dict(summary.counts),
            sealed_at=self._clock(),
            key_id="",
            signature="",
        )
        signature = self._keys.sign(_parts(segment))
        segment.key_id, segment.signature = signature.key_id, signature.value
        return segment

    def _begun_purge(self, session: Session) -> int | None:
        """A segment whose purge ended before its last event was deleted, and that nothing holds."""
        left = select(AuditEvent.seq).where(
            col(AuditEvent.seq) >= AuditSegment.first_seq,
            col(AuditEvent.seq) <= AuditSegment.last_seq,
        )
        begun = select(AuditSegment).where(col(AuditSegment.purged_at).is_not(None))
        segments = session.exec(begun.where(left.exists())).all()
        return next((s.id for s in segments if not self._is_held(session, s)), None)

    def _due_purge(self, session: Session) -> int | None:
        """The oldest segment that may go; one that was tampered with stays, as evidence."""
        old = select(AuditSegment).where(
            col(AuditSegment.purged_at).is_(None),
            col(AuditSegment.last_at) < self._clock() - self._retention,
        )
        for segment in session.exec(old.order_by(col(AuditSegment.first_seq))).all():
            if self._is_held(session, segment):
                continue
            if is_sealed(segment, self._keys) and _fits(session, segment):
                return segment.id
            _log.error("audit: the segment from event %s is not purged", segment.first_seq)
        return None

    def _purge_some(self, segment_id: int) -> int:
        with self._store.write() as session:
            segment = session.get_one(AuditSegment, segment_id, with_for_update=True)
            lock_holds(session)
            if self._is_held(session, segment):
                # The hold was set since the segment was chosen.
                return 0
            if segment.purged_at is None:
                segment.purged_at = self._clock()
                self._note_purge(session, segment)
                session.add(segment)
                session.flush()
            return _delete_first(session, segment)

    def _note_purge(self, session: Session, segment: AuditSegment) -> None:
        details = {
            "first_seq": segment.first_seq,
            "last_seq": segment.last_seq,
            "last_hash": segment.last_hash,
        }
        of = ("audit_segment", str(segment.id))
        self._audit.append(session, None, PURGE, of=of, details=details)


def is_sealed(segment: AuditSegment, keys: SigningKeys) -> bool:
    """Whether one of the keys signed the segment as it stands there."""
    return keys.is_valid(_parts(segment), Signature(segment.key_id, segment.signature))


def _parts(segment: AuditSegment) -> list[Any]:
    """What a seal covers, before the key's id: everything but when it was purged."""
    moments = [
        at.astimezone(UTC).isoformat(timespec="microseconds")
        for at in (segment.first_at, segment.last_at, segment.sealed_at)
    ]
    hashes = [segment.previous_hash, segment.last_hash]
    numbers = [segment.first_seq, segment.last_seq]
    return ["access-log segment", 1, *numbers, *hashes, *moments, segment.counts]


def _last_segment_seq(session: Session) -> int:
    return session.exec(select(func.max(AuditSegment.last_seq))).one() or 0


def _hash_before(session: Session, first: int) -> str:
    wanted = select(AuditSegment.last_hash).where(col(AuditSegment.last_seq) == first - 1)
    return session.exec(wanted).first() or BEGINNING


def _end_of_month(session: Session, first: int, now: datetime) -> int | None:
    """The last event before a later month begins; None as long as none has begun.

    Times ahead of `now` come from a clock that was wrong, and begin no month.
    """
    wanted = select(AuditEvent.seq, AuditEvent.at).where(
        col(AuditEvent.seq) >= first, col(AuditEvent.at) <= now
    )
    beginning = session.exec(wanted.order_by(col(AuditEvent.seq)).limit(1)).first()
    if beginning is None:
        return None
    later = wanted.where(col(AuditEvent.at) >= _next_month(beginning[1]))
    found = session.exec(later.order_by(col(AuditEvent.seq)).limit(1)).first()
    return None if found is None else found[0] - 1


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _summarize(session: Session, first: int, last: int, previous_hash: str) -> _Summary | None:
    """The summary of a whole stretch behind `previous_hash`; None where an event does not fit."""
    summary: _Summary | None = None
    for rows in read_stretch(session, first - 1, last):
        for row in rows:
            if row["seq"] != first or row["hash"] != hash_event(row, previous_hash):
                _log.error("audit: event %s does not fit; the segment is not sealed", first)
                return None
            first, previous_hash, at = first + 1, row["hash"], row["at"]
            summary = summary or _Summary(at, at, "", Counter())
            summary.first_at, summary.last_at = min(summary.first_at, at), max(summary.last_at, at)
            summary.last_hash = previous_hash
            summary.counts[row["action"]] += 1
    return summary if first == last + 1 else None


def _fits(session: Session, segment: AuditSegment) -> bool:
    """Whether the events are still those that were sealed."""
    first, last = segment.first_seq, segment.last_seq
    summary = _summarize(session, first, last, segment.previous_hash)
    return summary is not None and summary.last_hash == segment.last_hash


def _delete_first(session: Session, segment: AuditSegment) -> int:
    wanted = select(func.min(AuditEvent.seq)).where(
        col(AuditEvent.seq).between(segment.first_seq, segment.last_seq)
    )
    first = session.exec(wanted).one()
    if first is None:
        return 0
    last = min(first + MOST_DELETED - 1, segment.last_seq)
    these = delete(AuditEvent).where(col(AuditEvent.seq).between(first, last))
    session.exec(these, execution_options={"synchronize_session": False})
    return last - first + 1
