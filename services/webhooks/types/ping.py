"""`ping`: upstream tries whether we answer. The receiver has answered it already."""

from sqlmodel import Session

from services.webhooks.registry import Message, handles


@handles("ping")
def apply_ping(_session: Session, _message: Message) -> None:
    """Change nothing."""
