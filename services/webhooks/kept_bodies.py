"""The bodies of messages that other parts of the program have to read again."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import InvalidToken
from sqlmodel import Session, col, select

from services.store.tables import WebhookEvent
from services.vault import Vault


@dataclass(frozen=True)
class KeptBody:
    """The raw body of a message, and when it came (UTC). It may hold addresses of files."""

    raw: bytes
    received_at: datetime


class KeptBodies:
    """Reads the table `webhook_event`, without a permission check or a trace: its callers do."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def newest(self, session: Session, type_: str, request_id: str) -> KeptBody | None:
        """The newest message of this type about a request.

        None where none came, its body was erased, or SECRET_KEY has changed.
        """
        wanted = select(WebhookEvent).where(
            col(WebhookEvent.request_id) == request_id,
            col(WebhookEvent.type) == type_,
            col(WebhookEvent.body).is_not(None),
        )
        newest_first = wanted.order_by(col(WebhookEvent.received_at).desc(), col(WebhookEvent.id))
        event = session.exec(newest_first.limit(1)).first()
        if event is None or event.body is None:
            return None
        try:
            return KeptBody(self._vault.decrypt(event.body), event.received_at)
        except InvalidToken:
            return None
