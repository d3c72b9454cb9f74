"""Keeps the review queue up to date with what the rules say of queries and looks.

A step reads the assessments that are new since the last one, so its cost grows with those alone.
Several processes may do so at once: what one has done already is nothing to do for the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto

from sqlalchemy import tuple_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.clock import Clock
from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.review_state import GONE, ReviewStatus, new_among, state_of
from services.compliance.reviews.votes import votes_of
from services.ids import new_id
from services.store import Duplicate, Store
from services.store.tables import Assessment, Finding, ReviewItem, WorkMark

MARK = "review_queue"

_BATCH = 200
_LATE = timedelta(minutes=5)
"""An assessment may be committed so long after its time, or come from a clock so far behind."""

_READ_AGAIN = timedelta(minutes=1)

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Change(Enum):
    """What an assessment changes in the queue."""

    ADD = auto()
    REFRESH = auto()
    GONE = auto()
    REOPEN = auto()


@dataclass(frozen=True, order=True)
class _Place:
    """How far the assessments are read: the time and the subject of the last one."""

    at: datetime
    subject: str


class ReviewQueue:
    """Writes `review_item` as the assessments say, and its mark in `work_mark`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._place: _Place | None = None
        self._read_again_at = _BEGINNING

    def step(self) -> int:
        """Follow some assessments, or bring back what is due; answers how much there was to do."""
        return self._follow() or self._bring_back()

    def _follow(self) -> int:
        with self._store.read() as session:
            place = self._place or _read_mark(session)
            rows = _read_after(session, place)
            changed = [row.subject for row, _, change in _changes(session, rows) if change]
        if changed and not self._write(changed):
            return 0
        if rows:
            self._place = _Place(rows[-1].assessed_at, rows[-1].subject)
            return len(rows)
        self._rest(place)
        return 0

    def _write(self, subjects: Sequence[str]) -> bool:
        """Change the items of these subjects; answers False if another process was faster."""
        try:
            with self._store.write() as session:
                update_items(session, subjects, self._clock())
        except Duplicate:
            return False
        return True

    def _rest(self, place: _Place) -> None:
        """Keep the mark, and go back to it now and then, for what is committed late."""
        now = self._clock()
        self._place = place
        if now < self._read_again_at:
            return
        self._read_again_at = now + _READ_AGAIN
        self._place = mark = min(place, _Place(now - _LATE, ""))
        with self._store.read() as session:
            kept = _read_mark(session)
        if kept < mark:
            with self._store.write() as session:
                session.merge(WorkMark(name=MARK, at=mark.at, key=mark.subject))

    def _bring_back(self) -> int:
        """Put the items whose day of follow-up has come back among those that wait."""
        today = self._clock().date()
        with self._store.read() as session:
            due = session.exec(_select_due(today)).all()
        if not due:
            return 0
        with self._store.write() as session:
            for item in session.exec(_select_due(today).with_for_update()).all():
                item.status = state_of(votes_of(session, item), today).status.value
                item.due_on = None
                session.add(item)
        return len(due)


def change_of(
    item: ReviewItem | None, assessment: Assessment, severe: Collection[str]
) -> Change | None:
    """What the assessment changes; `severe` are its findings that are worse than a notice.

    A notice alone waits for no reviewer. What was serious waits for one also when it is found no
    more, because what somebody enters later can make it go. Pure.
    """
    needs_review = assessment.severity >= Severity.WARNING
    if item is None:
        return Change.ADD if needs_review else None
    if item.status == ReviewStatus.CLOSED:
        return Change.REOPEN if _opens_again(item, assessment, severe) else None
    is_left = _is_empty(assessment) or not _stays_serious(item)
    if not needs_review and is_left and not item.decisions and item.sampled_week is None:
        return Change.GONE
    is_same = (item.severity, item.findings) == _seen_by_reviewer(item, assessment)
    return None if is_same else Change.REFRESH


def _is_empty(assessment: Assessment) -> bool:
    """Whether its subject is not in the log any more."""
    return not (assessment.findings or assessment.applicable or assessment.purpose)


def _stays_serious(item: ReviewItem) -> bool:
    return item.severity >= Severity.SERIOUS and not item.decisions


def _seen_by_reviewer(item: ReviewItem, assessment: Assessment) -> tuple[int, list[str]]:
    """The severity and the findings of an open item; of a serious one those that went as well."""
    if not _stays_serious(item):
        return assessment.severity, list(assessment.findings)
    gone = new_among(item.findings, assessment.findings)
    return max(item.severity, assessment.severity), [*assessment.findings, *gone]


def _opens_again(item: ReviewItem, assessment: Assessment, severe: Collection[str]) -> bool:
    if item.outcome == GONE:
        # Nobody has judged what it was about.
        return assessment.severity >= Severity.WARNING
    return any(rule in severe for rule in new_among(assessment.findings, item.findings))


def update_items(session: Session, subjects: Sequence[str], now: datetime) -> None:
    """Make or change the items of these subjects, as their assessments say.

    Raises `Duplicate` at the commit where another process has made one at the same moment.
    """
    assessed = select(Assessment).where(col(Assessment.subject).in_(subjects))
    # Every process makes and locks them in the same order, so that no two wait for one another.
    rows = session.exec(assessed.order_by(col(Assessment.subject))).all()
    for assessment, item, change in _changes(session, rows, lock=True):
        if change is Change.ADD:
            session.add(make_item(assessment, now))
        elif change and item is not None:
            _carry_out(change, item, assessment, now)
            session.add(item)


def make_item(assessment: Assessment, now: datetime) -> ReviewItem:
    """A new item that waits for a reviewer."""
    return ReviewItem(
        id=new_id(now),
        subject=assessment.subject,
        kind=assessment.kind,
        purpose=assessment.purpose,
        patient_id=assessment.patient_id,
        actor_id=assessment.actor_id,
        actor=assessment.actor,
        at=assessment.at,
        severity=assessment.severity,
        findings=list(assessment.findings),
        opened_at=now,
        status=ReviewStatus.OPEN.value,
    )


def open_again(item: ReviewItem, now: datetime) -> None:
    """Open a closed item; what was decided stays in its history, and counts no more."""
    item.status, item.outcome, item.closed_at = ReviewStatus.OPEN.value, None, None
    item.opened_at, item.openings = now, item.openings + 1
    item.assigned_id = item.assigned = None


def _carry_out(change: Change, item: ReviewItem, assessment: Assessment, now: datetime) -> None:
    if change is Change.GONE:
        # It keeps its findings: they say what it was about.
        item.status, item.outcome, item.closed_at = ReviewStatus.CLOSED.value, GONE, now
        return
    if change is Change.REOPEN:
        open_again(item, now)
        item.severity, item.findings = assessment.severity, list(assessment.findings)
    else:
        item.severity, item.findings = _seen_by_reviewer(item, assessment)


def _changes(
    session: Session, assessments: Sequence[Assessment], lock: bool = False
) -> list[tuple[Assessment, ReviewItem | None, Change | None]]:
    """What each of the assessments changes, and the item that it is about."""
    if not assessments:
        return []
    subjects = [assessment.subject for assessment in assessments]
    wanted = select(ReviewItem).where(col(ReviewItem.subject).in_(subjects))
    wanted = wanted.order_by(col(ReviewItem.subject))
    found = session.exec(wanted.with_for_update() if lock else wanted).all()
    items = {item.subject: item for item in found}
    severe = _severe_findings(session, items) if items else {}
    return [
        (row, item, change_of(item, row, severe.get(row.subject, ())))
        for row in assessments
        for item in [items.get(row.subject)]
    ]


def _severe_findings(session: Session, subjects: Iterable[str]) -> Mapping[str, set[str]]:
    wanted = select(Finding).where(col(Finding.subject).in_(list(subjects)))
    wanted = wanted.where(
        col(Finding.gone_at).is_(None), col(Finding.severity) >= Severity.WARNING.value
    )
    found: dict[str, set[str]] = {}
    for finding in session.exec(wanted).all():
        found.setdefault(finding.subject, set()).add(finding.rule)
    return found


def _read_after(session: Session, place: _Place) -> Sequence[Assessment]:
    by = (col(Assessment.assessed_at), col(Assessment.subject))
    wanted = select(Assessment).where(tuple_(*by) > tuple_(place.at, place.subject))
    return session.exec(wanted.order_by(*by).limit(_BATCH)).all()


def _read_mark(session: Session) -> _Place:
    mark = session.get(WorkMark, MARK)
    return _Place(mark.at, mark.key) if mark and mark.at else _Place(_BEGINNING, "")


def _select_due(today: date) -> SelectOfScalar[ReviewItem]:
    due_on = col(ReviewItem.due_on)
    wanted = select(ReviewItem).where(due_on.is_not(None), due_on <= today)
    return wanted.order_by(due_on).limit(_BATCH)
