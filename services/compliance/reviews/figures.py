"""Figures of the review queue: what is open, since when, and how bad it is. Of nobody by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from services.compliance.reviews.review_state import NOT_CLOSED, ReviewStatus
from services.store.tables import ReviewDecision, ReviewItem


@dataclass(frozen=True)
class ReviewFigures:
    """The queue now. Times are UTC.

    `by_status` counts the items that are not closed, `by_severity` the same by the severity of
    their worst finding (0: only in the sample). `oldest_at` is when the oldest of them was opened.
    """

    by_status: Mapping[ReviewStatus, int] = field(default_factory=dict)
    by_severity: Mapping[int, int] = field(default_factory=dict)
    oldest_at: datetime | None = None

    @property
    def open(self) -> int:
        """How many items are not closed."""
        return sum(self.by_status.values())


@dataclass(frozen=True)
class PeriodFigures:
    """What was decided and closed in a period: how often each decision, and each outcome."""

    decisions: Mapping[str, int]
    outcomes: Mapping[str, int]


def read_figures(session: Session) -> ReviewFigures:
    """The figures now. Read from an index, by the items that are not closed."""
    item = ReviewItem
    grouped = (
        select(item.status, item.severity, func.count(), func.min(item.opened_at))
        .where(col(item.status).in_([status.value for status in NOT_CLOSED]))
        .group_by(col(item.status), col(item.severity))
    )
    by_status: dict[ReviewStatus, int] = {}
    by_severity: dict[int, int] = {}
    oldest: list[datetime] = []
    for status, severity, number, opened_at in session.exec(grouped).all():
        name = ReviewStatus(status)
        by_status[name] = by_status.get(name, 0) + number
        by_severity[severity] = by_severity.get(severity, 0) + number
        oldest.append(opened_at)
    return ReviewFigures(by_status, by_severity, min(oldest, default=None))


def read_period(session: Session, since: datetime, until: datetime) -> PeriodFigures:
    """Of a period (UTC, `until` excluded). Its cost grows with what was decided in it."""
    decided, closed = col(ReviewDecision.at), col(ReviewItem.closed_at)
    by_decision = select(ReviewDecision.decision, func.count()).where(
        decided >= since, decided < until
    )
    by_outcome = select(ReviewItem.outcome, func.count()).where(closed >= since, closed < until)
    decisions = session.exec(by_decision.group_by(col(ReviewDecision.decision))).all()
    outcomes = session.exec(by_outcome.group_by(col(ReviewItem.outcome))).all()
    return PeriodFigures(dict(decisions), {str(name): number for name, number in outcomes})
