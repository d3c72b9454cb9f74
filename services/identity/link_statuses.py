"""What became of asking upstream for a link: words of our own, kept beside upstream's."""

from datetime import datetime

from sqlmodel import Session, col, update

from services.errors import OutcomeUnknown, Unreachable, UpstreamError
from services.store.tables import Aal2Challenge, IdentitySession

SUBMITTING, REJECTED, UNCONFIRMED, NOT_STARTED = (
    "submitting",
    "rejected",
    "unconfirmed",
    "not_started",
)
"""The call is under way, was refused, had no answer, was never sent."""

PENDING = "pending"
"""What upstream calls a link that nobody has finished yet."""

UNDECIDED = (SUBMITTING, UNCONFIRMED)
"""An answer that comes later still decides these."""


def status_after(error: UpstreamError) -> str:
    """The status of a link whose call ended with `error`."""
    if isinstance(error, OutcomeUnknown):
        return UNCONFIRMED
    return NOT_STARTED if isinstance(error, Unreachable) else REJECTED


def mark_lost(session: Session, before: datetime) -> None:
    """Mark as unconfirmed what was asked for earlier than `before` (UTC) and never answered.

    A row that is still submitting after the longest time that a call takes has lost its process.
    """
    # Upstream's statuses are open words and may be "submitting" too: such a row has an id of
    # upstream's, so it was answered.
    for table, upstream_id in (
        (IdentitySession, col(IdentitySession.session_id)),
        (Aal2Challenge, col(Aal2Challenge.challenge_id)),
    ):
        lost = update(table).where(col(table.status) == SUBMITTING, upstream_id.is_(None))
        session.exec(lost.where(col(table.created_at) < before).values(status=UNCONFIRMED))
