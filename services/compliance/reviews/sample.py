"""Draws the random sample of each closed week, once, whichever of several processes does it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.clock import Clock
from services.compliance.reviews.drawing import Week, draw, week_of
from services.compliance.reviews.queue import make_item, open_again
from services.compliance.reviews.review_state import GONE
from services.queries.requests import IAS
from services.staff.audit import Audit
from services.store import Duplicate, Store
from services.store.audit_chain import BEGINNING
from services.store.tables import (
    Assessment,
    AuditEvent,
    AuditSegment,
    NetworkQuery,
    ReviewItem,
    ReviewSample,
    WorkMark,
)

MARK = "review_sample"
"""The mark: `at` is the beginning of the week that is drawn next."""

_SETTLED = timedelta(hours=1)
"""So long after a week its last events are written, and clocks of other machines have passed it."""

_LATEST = timedelta(days=7)
"""So long after its end a week waits for a query that cannot be judged, and no longer."""

_LOOK_EVERY = timedelta(seconds=30)
_BATCH = 500


class SampleDrawing:
    """Writes `review_sample`, the items of the sample, and its mark in `work_mark`.

    `rate` is the share of a week's IAS queries that is drawn, between 0 and 1. With `look_back` the
    first week is the one that was closed before the first start, which a sandbox wants to show;
    otherwise the one in which the first start was.
    """

    def __init__(
        self, store: Store, audit: Audit, clock: Clock, rate: float, look_back: bool = False
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._rate = rate
        self._look_back = look_back
        self._look_at: datetime | None = None

    def step(self) -> int:
        """Draw the oldest week that is closed and not drawn yet; answers how many it drew.

        A week waits until each of its IAS queries is assessed; at most a week.
        """
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return 0
        week = self._next_week()
        if not self._is_ready(week, now):
            self._look_at = now + _LOOK_EVERY
            return 0
        self._draw(week)
        return 1

    def _next_week(self) -> Week:
        with self._store.read() as session:
            mark = session.get(WorkMark, MARK)
        if mark is not None and mark.at is not None:
            return Week(mark.at)
        first = week_of(self._clock() - timedelta(days=7 if self._look_back else 0))
        try:
            with self._store.write() as session:
                session.add(WorkMark(name=MARK, at=first.start))
        except Duplicate:
            # Another process has started at the same moment.
            return self._next_week()
        return first

    def _is_ready(self, week: Week, now: datetime) -> bool:
        if now < week.end + _SETTLED:
            return False
        # One row that nobody can read must not be the end of all samples.
        return now >= week.end + _LATEST or self._is_assessed(week)

    def _is_assessed(self, week: Week) -> bool:
        left = select(NetworkQuery.id).where(*_of_week(week))
        judged = select(Assessment.subject).where(col(Assessment.subject) == col(NetworkQuery.id))
        with self._store.read() as session:
            return session.exec(left.where(~judged.exists()).limit(1)).first() is None

    def _draw(self, week: Week) -> None:
        try:
            with self._store.write() as session:
                self._write(session, week)
        except Duplicate:
            # Another process has drawn the week, or the queue has made one of the items, at the
            # same moment: the next step finds out which.
            pass

    def _write(self, session: Session, week: Week) -> None:
        mark = session.get(WorkMark, MARK, with_for_update=True)
        if mark is None or mark.at != week.start:
            return
        mark.at = week.end
        session.add(mark)
        if session.get(ReviewSample, week.name) is None:
            self._draw_week(session, week)

    def _draw_week(self, session: Session, week: Week) -> None:
        population = _read_population(session, week)
        head_seq, seed = read_seed(session, week.end)
        drawn = draw(seed, population, self._rate)
        sample = ReviewSample(
            week=week.name,
            head_seq=head_seq,
            seed=seed,
            rate=self._rate,
            population=len(population),
            drawn=len(drawn),
            drawn_at=self._clock(),
        )
        session.add(sample)
        for some in _batches(drawn):
            _put_in_line(session, some, week, self._clock())
        details = sample.model_dump(include={"head_seq", "seed", "rate", "population", "drawn"})
        of = ("week", week.name)
        self._audit.append(session, None, "review.sample", of=of, details=details)


def read_seed(session: Session, end: datetime) -> tuple[int, str]:
    """The number and the hash of the access log's last event before `end` (UTC).

    Of several at the same time it is the one with the highest number. Where retention has deleted
    it, it is the last event of a sealed segment. Before the first event: 0, and the hash that
    stands in place of one there.
    """
    events = select(AuditEvent.seq, AuditEvent.hash).where(col(AuditEvent.at) < end)
    last = events.order_by(col(AuditEvent.at).desc(), col(AuditEvent.seq).desc()).limit(1)
    if found := session.exec(last).first():
        return found
    sealed = select(AuditSegment.last_seq, AuditSegment.last_hash)
    sealed = sealed.where(col(AuditSegment.last_at) < end)
    segment = session.exec(sealed.order_by(col(AuditSegment.last_seq).desc()).limit(1)).first()
    return segment or (0, BEGINNING)


def _of_week(week: Week) -> tuple[bool, ...]:
    at = col(NetworkQuery.submitted_at)
    return (at >= week.start, at < week.end, col(NetworkQuery.purpose) == IAS)  # type: ignore[return-value]


def _read_population(session: Session, week: Week) -> Sequence[str]:
    wanted = select(NetworkQuery.id).where(*_of_week(week))
    return sorted(session.exec(wanted).all())


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _put_in_line(session: Session, ids: Sequence[str], week: Week, now: datetime) -> None:
    """Make an item of each query, or mark the one that it has already."""
    # In the order in which the queue makes and locks them, too.
    wanted = select(ReviewItem).where(col(ReviewItem.subject).in_(ids))
    wanted = wanted.order_by(col(ReviewItem.subject)).with_for_update()
    items = {item.subject: item for item in session.exec(wanted).all()}
    assessed = select(Assessment).where(col(Assessment.subject).in_(ids))
    assessed = assessed.order_by(col(Assessment.subject))
    for assessment in session.exec(assessed).all():
        item = items.get(assessment.subject) or make_item(assessment, now)
        item.sampled_week = week.name
        if item.outcome == GONE:
            # Nobody has looked at it, and a sample is to be looked at.
            open_again(item, now)
        session.add(item)
