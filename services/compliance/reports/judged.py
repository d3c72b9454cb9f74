"""What the rules found in a period, and what reviewers decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from services.compliance.audit_figures import Figures, read_figures
from services.compliance.evidence.evidence import Severity
from services.compliance.reports.period import Period
from services.compliance.reviews.figures import PeriodFigures, ReviewFigures, read_period
from services.compliance.reviews.figures import read_figures as read_queue
from services.compliance.reviews.review_state import NOT_CLOSED
from services.store.tables import Assessment, ReviewItem

MOST_OPEN = 100
"""Open items that a report lists, the oldest first; all are counted."""

MOST_SERIOUS = 200
"""Serious findings that the annex lists, the newest first; all are counted."""


@dataclass(frozen=True)
class Reviewing:
    """The review queue: `period` of the period, `now` and `oldest` as of the report.

    `opened` counts the items that were opened in the period.
    """

    period: PeriodFigures
    opened: int
    now: ReviewFigures
    oldest: Sequence[ReviewItem]


def read_months(session: Session, period: Period) -> list[tuple[Period, Figures]]:
    """The figures of each month, from the counts of its days."""
    return [(month, read_figures(session, month.since, month.until)) for month in period.months()]


def read_reviewing(session: Session, period: Period) -> Reviewing:
    """What was decided in the period, and what is open now."""
    opened_at = col(ReviewItem.opened_at)
    opened = select(func.count()).select_from(ReviewItem)
    is_open = col(ReviewItem.status).in_([status.value for status in NOT_CLOSED])
    oldest = select(ReviewItem).where(is_open).order_by(opened_at, col(ReviewItem.id))
    return Reviewing(
        period=read_period(session, period.start, period.end),
        opened=session.exec(opened.where(opened_at >= period.start, opened_at < period.end)).one(),
        now=read_queue(session),
        oldest=session.exec(oldest.limit(MOST_OPEN)).all(),
    )


def read_serious(session: Session, period: Period) -> Sequence[Assessment]:
    """The newest queries and looks of the period with a serious finding."""
    serious = select(Assessment).where(
        col(Assessment.severity) == Severity.SERIOUS.value,
        col(Assessment.at) >= period.start,
        col(Assessment.at) < period.end,
    )
    newest = serious.order_by(col(Assessment.at).desc(), col(Assessment.subject).desc())
    return session.exec(newest.limit(MOST_SERIOUS)).all()
