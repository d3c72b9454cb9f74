"""Receives webhooks: verifies and keeps each message. `interpreter` interprets it later."""

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
"""In bytes. Upstream documents no limit; its messages hold links to records, not the records."""


@dataclass(frozen=True)
class Receipt:
    """What to answer the sender.

    `rejection` is why the request was refused, None for a message that was kept. `pong` is what a
    ping has to be answered with, None for any other message.
    """

    rejection: Rejection | None = None
    pong: str | None = None


class WebhookReceiver:
    """Adds rows to `webhook_event`, one for each message and each kind of refused request."""

    def __init__(self, store: Store, vault: Vault, webhook_key: str, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._webhook_key = webhook_key
        self._clock = clock
        self.rejections = Rejections(store, clock)

    def receive(self, body: bytes, signature: str | None) -> Receipt:
        """Verify the signature of the raw `body`, and keep the message.

        The message is committed when this returns. Raises `LogUnavailable`: then nothing was kept,
        and the route must not answer 200. Upstream then counts the delivery as failed, and can be
        told to repeat it.
        """
        # Before the body is parsed: only upstream can sign, anybody can send.
        if not is_valid(self._webhook_key, body, signature):
            return self.reject(Rejection.BAD_SIGNATURE if signature else Rejection.UNSIGNED, body)
        try:
            message = read_json(body)
        except ValueError:
            return self.reject(Rejection.NOT_JSON, body, signature_status="valid")
        self._keep(body, message)
        return Receipt(pong=_read_text(_read_field(message, "ping")))

    def reject(
        self, why: Rejection, body: bytes | None, signature_status: str = "invalid"
    ) -> Receipt:
        """Keep that a request was refused, and why; of its body only the hash.

        `body` is None where it was not read to its end.
        """
        self.rejections.note(why, signature_status, _hash(body) if body is not None else None)
        return Receipt(rejection=why)

    def _keep(self, body: bytes, message: Any) -> None:
        event = self._make_event(body, message)
        try:
            with self._store.write() as session:
                session.add(event)
        except Duplicate:
            # Upstream delivers a message twice if it did not hear our answer. The unique constraint
            # finds it, because two copies that arrive together would both pass a look beforehand.
            self._count_delivery(event)

    def _make_event(self, body: bytes, message: Any) -> WebhookEvent:
        now = self._clock()
        meta = _read_field(message, "meta")
        digest = _hash(body)
        return WebhookEvent(
            id=new_id(now),
            # A message without an id is recognised by its content when it comes again.
            message_id=_read_text(_read_field(meta, "messageId")) or f"sha256:{digest}",
            type=_read_text(_read_field(meta, "type")),
            request_id=_read_text(_read_field(meta, "requestId")),
            patient_id=_read_text(_find_patient_id(message)),
            received_at=now,
            signature_status="valid",
            body=self._vault.encrypt(body),
            body_hash=digest,
            status=RECEIVED,
        )

    def _count_delivery(self, copy: WebhookEvent) -> None:
        with self._store.write() as session:
            wanted = select(WebhookEvent).where(
                col(WebhookEvent.message_id) == copy.message_id,
                col(WebhookEvent.body_hash) == copy.body_hash,
            )
            # Locked, so that two copies that arrive together are both counted.
            event = session.exec(wanted.with_for_update()).one()
            event.deliveries += 1
            session.add(event)


def _read_field(value: Any, name: str) -> Any:
    # Not by the schemas of `metriport`: a message of any shape is kept, also one they refuse.
    return value.get(name) if isinstance(value, dict) else None


def _read_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _find_patient_id(message: Any) -> Any:
    """The patient's id: in the payload, at the top level, or in the list of consolidated data."""
    payload = _read_field(message, "payload")
    patient_id = _read_field(payload, "patientId") or _read_field(message, "patientId")
    patients = _read_field(message, "patients")
    if patient_id is None and isinstance(patients, list) and patients:
        return _read_field(patients[0], "patientId")
    return patient_id


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
