"""`ping`: upstream tests whether we answer; the receiver has answered already."""

from sqlmodel import Session

from services.webhooks.registry import Message, handles


@handles("ping")
def apply_ping(_session: Session, _message: Message) -> None:
    """Change nothing."""
