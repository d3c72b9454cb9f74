"""The door of the inbox: messages are verified and kept here, and interpreted later."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from services.clock import Clock
from services.ids import new_id
from services.metriport.json_reading import read_json
from services.metriport.signature import is_valid
from services.store import Duplicate, Store
from services.store.tables import WebhookEvent
from services.vault import Vault
from services.webhooks.filters import RECEIVED
from services.webhooks.rejections import Rejection, Rejections

MAX_BODY = 5 * 1024 * 1024


@dataclass(frozen=True)
class Receipt:
    """What to answer: a rejection, or a taken message and, for a ping, its pong."""

    rejection: Rejection | None = None
    pong: str | None = None


class WebhookReceiver:
    """Writes rows of `webhook_event`."""

    def __init__(self, store: Store, vault: Vault, webhook_key: str, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._webhook_key = webhook_key
        self._clock = clock
        self.rejections = Rejections(store, clock)

    def receive(self, body: bytes, signature: str | None) -> Receipt:
        """Verify the raw bytes and keep the message; once this returns it is committed.

        Raises `LogUnavailable`: then nothing was kept, and upstream must not hear a 200.
        """
        if not is_valid(self._webhook_key, body, signature):
            return self.reject(Rejection.BAD_SIGNATURE if signature else Rejection.UNSIGNED, body)
        try:
            message = read_json(body)
        except ValueError:
            return self.reject(Rejection.NOT_JSON, body, signature_status="valid")
        self._keep(body, message)
        return Receipt(pong=_text(_field(message, "ping")))

    def reject(
        self, why: Rejection, body: bytes | None, signature_status: str = "invalid"
    ) -> Receipt:
        """Keep that a request was refused, and why; never its body."""
        self.rejections.note(why, signature_status, _hash(body) if body is not None else None)
        return Receipt(rejection=why)

    def _keep(self, body: bytes, message: Any) -> None:
        event = self._event(body, message)
        try:
            with self._store.write() as session:
                session.add(event)
        except Duplicate:
            self._count_delivery(event)

    def _event(self, body: bytes, message: Any) -> WebhookEvent:
        now = self._clock()
        meta = _field(message, "meta")
        digest = _hash(body)
        return WebhookEvent(
            id=new_id(now),
            # A message without an id is known again by its content.
            message_id=_text(_field(meta, "messageId")) or f"sha256:{digest}",
            type=_text(_field(meta, "type")),
            request_id=_text(_field(meta, "requestId")),
            patient_id=_text(_find_patient_id(message)),
            received_at=now,
            signature_status="valid",
            body=self._vault.encrypt(body),
            body_hash=digest,
            status=RECEIVED,
        )

    def _count_delivery(self, again: WebhookEvent) -> None:
        with self._store.write() as session:
            wanted = select(WebhookEvent).where(
                col(WebhookEvent.message_id) == again.message_id,
                col(WebhookEvent.body_hash) == again.body_hash,
            )
            event = session.exec(wanted.with_for_update()).one()
            event.deliveries += 1
            session.add(event)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _find_patient_id(message: Any) -> Any:
    found = _field(_field(message, "payload"), "patientId") or _field(message, "patientId")
    patients = _field(message, "patients")
    if found is None and isinstance(patients, list) and patients:
        return _field(patients[0], "patientId")
    return found


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
