"""The inbox of webhooks: kept before they are interpreted, interpreted once."""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from pydantic import ValidationError
from sqlmodel import Session, col, select

from services.clock import Clock
from services.errors import LogUnavailable
from services.identity.updates import apply_verified
from services.ids import new_id
from services.metriport.signature import is_valid
from services.metriport.webhook_schemas import IdentityVerified, NetworkQueryUpdate, WebhookMeta
from services.queries.updates import QUERY_ID_KEY, apply_webhook, external_query
from services.records.record_requests import RECORD_ID_KEY, apply_status, record_request_of
from services.store import Duplicate, Store
from services.store.tables import NetworkQuery, WebhookEvent
from services.vault import Vault
from services.webhooks.rejections import Rejection, Rejections

MAX_BODY = 5 * 1024 * 1024

_log = logging.getLogger(__name__)
_TRIES = 3


@dataclass(frozen=True)
class Receipt:
    """What to answer: a rejection, or a taken message and, for a ping, its pong."""

    rejection: Rejection | None = None
    pong: str | None = None


class Webhooks:
    """Owns the table `webhook_event`."""

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
            message = json.loads(body)
        except (UnicodeDecodeError, ValueError, RecursionError):
            return self.reject(Rejection.NOT_JSON, body, signature_status="valid")
        self._keep(body, message)
        pong = message.get("ping") if isinstance(message, dict) else None
        return Receipt(pong=pong if isinstance(pong, str) else None)

    def reject(
        self, why: Rejection, body: bytes | None, signature_status: str = "invalid"
    ) -> Receipt:
        """Keep that a request was refused, and why; never its body."""
        self.rejections.note(why, signature_status, _hash(body) if body is not None else None)
        return Receipt(rejection=why)

    def interpret_waiting(self) -> int:
        """Interpret every message that waits, oldest first; answers how many.

        Each in a transaction of its own together with what it changes, so that a message is
        interpreted once, whenever the process stops.
        """
        done = 0
        while self._interpret_next():
            done += 1
        return done

    def _keep(self, body: bytes, message: Any) -> None:
        event = self._event(body, message)
        try:
            with self._store.write() as session:
                session.add(event)
        except Duplicate:
            self._count_delivery(event.message_id)

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
            patient_id=_text(_patient_id(message)),
            received_at=now,
            signature_status="valid",
            body=self._vault.encrypt(body),
            body_hash=digest,
            status="received",
        )

    def _count_delivery(self, message_id: str | None) -> None:
        with self._store.write() as session:
            wanted = select(WebhookEvent).where(col(WebhookEvent.message_id) == message_id)
            event = session.exec(wanted.with_for_update()).one()
            event.deliveries += 1
            session.add(event)

    def _interpret_next(self) -> bool:
        event_id = None
        try:
            with self._store.write() as session:
                event = session.exec(_oldest_waiting()).first()
                if event is None:
                    return False
                event_id = event.id
                self._interpret(session, event)
        except LogUnavailable:
            raise
        except Exception as error:
            # A message that cannot be interpreted must not stop the ones behind it.
            self._keep_failure(event_id, error)
        return True

    def _interpret(self, session: Session, event: WebhookEvent) -> None:
        now = self._clock()
        event.attempts += 1
        message = json.loads(self._vault.decrypt(event.body or b""))
        event.error = interpret(session, event, message, self._clock)
        event.status = "ignored" if event.error else "processed"
        event.processed_at = now
        session.add(event)

    def _keep_failure(self, event_id: str | None, error: Exception) -> None:
        _log.error("webhook %s not interpreted: %s", event_id, type(error).__name__)
        with self._store.write() as session:
            event = session.get_one(WebhookEvent, event_id, with_for_update=True)
            event.attempts += 1
            # Another machine may have interpreted it since. A row that another machine made at the
            # same moment is there at the next try.
            again = isinstance(error, Duplicate) and event.attempts < _TRIES
            if event.status == "received" and not again:
                event.status, event.error = "failed", _complaint(error)
                event.processed_at = self._clock()
            session.add(event)


def interpret(session: Session, event: WebhookEvent, message: Any, clock: Clock) -> str | None:
    """Write what a message says into the rows it speaks of; idempotent.

    Answers why it was left alone, or None. Raises `ValidationError` for a wrong shape.
    """
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")
    meta = WebhookMeta.model_validate(message.get("meta"))
    if meta.type.startswith("network-query."):
        return _apply_network_query(session, meta, message.get("payload"), clock)
    if meta.type == "medical.consolidated-data":
        return _apply_records(session, meta, message.get("patients"), clock)
    if meta.type == "ias.identity.verified":
        _apply_identity(session, meta, message, event)
        return None
    return None if meta.type == "ping" else "nothing to do for this type"


def _apply_network_query(
    session: Session, meta: WebhookMeta, payload: Any, clock: Clock
) -> str | None:
    news = NetworkQueryUpdate.model_validate(payload)
    if meta.request_id is None:
        return "names no request"
    query = _query_of(session, meta)
    if query is None:
        query = external_query(news, meta.request_id, clock())
        session.add(query)
        session.flush()
    query.request_id = meta.request_id
    apply_webhook(session, query, news, clock())
    return None


def _query_of(session: Session, meta: WebhookMeta) -> NetworkQuery | None:
    """The row by upstream's id, else by ours if it still waits for one."""
    wanted = select(NetworkQuery).where(col(NetworkQuery.request_id) == meta.request_id)
    query = session.exec(wanted.with_for_update()).first()
    if query is not None:
        return query
    own_id = (meta.data or {}).get(QUERY_ID_KEY)
    own = session.get(NetworkQuery, str(own_id), with_for_update=True) if own_id else None
    return own if own is not None and own.request_id is None else None


def _apply_records(session: Session, meta: WebhookMeta, patients: Any, clock: Clock) -> str | None:
    statuses = [_text(_field(patient, "status")) for patient in patients or []]
    if not statuses or statuses[0] is None:
        raise ValueError("no patient with a status")
    row = record_request_of(session, meta.request_id, (meta.data or {}).get(RECORD_ID_KEY))
    if row is None:
        return "not started here"
    row.request_id = row.request_id or meta.request_id
    apply_status(session, row, statuses[0], clock())
    return None


def _apply_identity(
    session: Session, meta: WebhookMeta, message: dict[str, Any], event: WebhookEvent
) -> None:
    payload = message.get("payload")
    # The fields may stand at the top level too.
    fields = {**message, **(payload if isinstance(payload, dict) else {})}
    apply_verified(session, IdentityVerified.model_validate(fields), meta, event)


def _oldest_waiting() -> Any:
    waiting = select(WebhookEvent).where(col(WebhookEvent.status) == "received")
    return waiting.order_by(col(WebhookEvent.id)).limit(1).with_for_update(skip_locked=True)


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _patient_id(message: Any) -> Any:
    found = _field(_field(message, "payload"), "patientId") or _field(message, "patientId")
    patients = _field(message, "patients")
    if found is None and isinstance(patients, list) and patients:
        return _field(patients[0], "patientId")
    return found


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _complaint(error: Exception) -> str:
    """What was wrong, without the values that were wrong."""
    if isinstance(error, ValidationError):
        parts = [".".join(map(str, part["loc"])) + ": " + part["msg"] for part in error.errors()]
        return "wrong shape: " + "; ".join(parts)
    if isinstance(error, InvalidToken):
        return "cannot be decrypted: SECRET_KEY has changed"
    return f"wrong shape: {error}" if type(error) is ValueError else type(error).__name__
