"""Which rows the legal holds in force keep, as conditions of a SELECT.

A hold keeps all about a person, everybody's rows of some days (UTC), or a person's rows of some
days. Several may overlap: a row is kept as long as one of them keeps it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, func, select

from services.compliance.evidence.rows import AFTERWARDS, BEFORE
from services.store.tables import AuditEvent, AuditSegment, AuditSubject, LegalHold, ReviewItem


@dataclass(frozen=True)
class Stretch:
    """A period: `end` (UTC) does not belong to it any more."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Held:
    """What is held: everything of `people`, everybody's rows in `stretches`, and of some both."""

    people: frozenset[str] = frozenset()
    stretches: frozenset[Stretch] = frozenset()
    of_person: frozenset[tuple[str, Stretch]] = frozenset()

    def __or__(self, other: "Held") -> "Held":
        return Held(
            self.people | other.people,
            self.stretches | other.stretches,
            self.of_person | other.of_person,
        )

    def covers(self, patient: Any, start: Any, end: Any = None) -> ColumnElement[bool]:
        """Whether a row is held: never null. `patient` is its column, None for a row of nobody's.

        `start` is the column of its time; with `end` it lasted from one to the other.
        """
        last = start if end is None else func.coalesce(end, start)
        found = [_overlaps(stretch, start, last) for stretch in sorted_stretches(self.stretches)]
        if patient is not None and (self.people or self.of_person):
            found += [and_(patient.is_not(None), self._covers_person(patient, start, last))]
        return or_(false(), *found)

    def _covers_person(self, patient: Any, start: Any, last: Any) -> ColumnElement[bool]:
        whole = patient.in_(sorted(self.people))
        days = [
            and_(patient == person, _overlaps(stretch, start, last))
            for person, stretch in sorted(self.of_person, key=lambda pair: (pair[0], pair[1].start))
        ]
        return or_(whole, *days)


def sorted_stretches(stretches: frozenset[Stretch]) -> list[Stretch]:
    """The stretches, the earliest first."""
    return sorted(stretches, key=lambda stretch: (stretch.start, stretch.end))


def read_held(session: Session) -> Held:
    """What the holds in force keep."""
    people, stretches, of_person = set(), set(), set()
    for hold in session.exec(select(LegalHold).where(col(LegalHold.lifted_at).is_(None))).all():
        days = stretch_of(hold)
        if hold.patient_id and days:
            of_person.add((hold.patient_id, days))
        elif hold.patient_id:
            people.add(hold.patient_id)
        elif days:
            stretches.add(days)
    return Held(frozenset(people), frozenset(stretches), frozenset(of_person))


def stretch_of(hold: LegalHold) -> Stretch | None:
    """The time that a hold keeps; None where it holds whatever the time.

    Around its days it is as much longer as the evidence of a query in them reaches.
    """
    if hold.since is None or hold.until is None:
        return None
    end = _midnight(hold.until) + timedelta(days=1)
    return Stretch(_midnight(hold.since) - BEFORE, end + AFTERWARDS)


def is_segment_held(session: Session, segment: AuditSegment, cutoff: datetime) -> bool:
    """Whether events of this stretch of the access log must stay although they are old enough.

    It is evidence of a query after `cutoff`, or of what was reviewed after it or is not reviewed
    yet, or a hold keeps it.
    """
    if segment.last_at >= cutoff - BEFORE:
        # Refused starts of these days are evidence of queries that are young.
        return True
    held = read_held(session)
    if any(_meets(stretch, segment) for stretch in held.stretches):
        return True
    return _names_held(session, segment, held) or _is_under_review(session, segment, cutoff)


def _meets(stretch: Stretch, segment: AuditSegment) -> bool:
    return segment.first_at < stretch.end and segment.last_at >= stretch.start


def _names_held(session: Session, segment: AuditSegment, held: Held) -> bool:
    """One step in an index for each held person."""
    about: Any = select(AuditSubject.seq).where(
        col(AuditSubject.seq).between(segment.first_seq, segment.last_seq)
    )
    for person in sorted(held.people):
        if session.exec(about.where(col(AuditSubject.patient_id) == person).limit(1)).first():
            return True
    dated = about.join(AuditEvent, col(AuditEvent.seq) == col(AuditSubject.seq))
    for person, stretch in held.of_person:
        if _meets(stretch, segment):
            of_days = dated.where(
                col(AuditSubject.patient_id) == person,
                _overlaps(stretch, col(AuditEvent.at), col(AuditEvent.at)),
            )
            if session.exec(of_days.limit(1)).first():
                return True
    return False


def _is_under_review(session: Session, segment: AuditSegment, cutoff: datetime) -> bool:
    closed = col(ReviewItem.closed_at)
    young = select(ReviewItem.id).where(
        col(ReviewItem.at).between(segment.first_at - AFTERWARDS, segment.last_at + BEFORE),
        or_(closed.is_(None), closed >= cutoff),
    )
    return session.exec(young.limit(1)).first() is not None


def _overlaps(stretch: Stretch, start: Any, last: Any) -> ColumnElement[bool]:
    return and_(start < stretch.end, last >= stretch.start)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
