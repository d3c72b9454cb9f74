"""Reads the decisions of an item as the pure state takes them."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from services.compliance.reviews.review_state import Judgement, Vote
from services.store.tables import ReviewDecision, ReviewItem


def decisions_of(session: Session, item_id: str) -> Sequence[ReviewDecision]:
    """Every decision of the item, also those from before it was opened again, the first first."""
    wanted = select(ReviewDecision).where(col(ReviewDecision.item_id) == item_id)
    return session.exec(wanted.order_by(col(ReviewDecision.number))).all()


def votes_of(session: Session, item: ReviewItem) -> list[Vote]:
    """The decisions since the item was opened last, in their order."""
    return votes_among(decisions_of(session, item.id), item.openings)


def votes_among(decisions: Sequence[ReviewDecision], opening: int) -> list[Vote]:
    """Those of the decisions that belong to this opening."""
    return [
        Vote(row.reviewer_id, Judgement(row.decision), row.due_on)
        for row in decisions
        if row.opening == opening
    ]
