"""The webhook inbox of the days before the first start, some refused or failed ones included."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session, insert

from services.ids import new_id
from services.store.tables import WebhookEvent
from services.vault import Vault
from services.webhooks.filters import FAILED, IGNORED, PROCESSED, REJECTED
from services.webhooks.rejections import Rejection

# From the arrival of a webhook to its interpretation.
_INTERPRETED_AFTER = timedelta(milliseconds=80)

Row = dict[str, Any]


class PastMessage(Protocol):
    """A past webhook, as it was delivered."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def request_id(self) -> str: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def body(self) -> bytes: ...


def fill_messages(
    session: Session, vault: Vault, past: Iterable[PastMessage], now: datetime
) -> None:
    """Add the webhooks of `past` and four odd ones; `now` is the first start (aware UTC)."""
    rows = [_processed(vault, message) for message in past]
    rows += [
        _refused(now - timedelta(hours=30), Rejection.UNSIGNED),
        _refused(now - timedelta(hours=5), Rejection.BAD_SIGNATURE),
        _odd(vault, now - timedelta(hours=20), "patient.admit", IGNORED, _NOT_OURS),
        _odd(vault, now - timedelta(hours=9), "network-query.lab", FAILED, _WRONG),
    ]
    session.exec(insert(WebhookEvent), params=rows)


_NOT_OURS = "nothing to do for this type"
_WRONG = "wrong shape: patientId: Field required; source: Field required"


def processed_row(
    vault: Vault, message_id: str, kind: str, patient_id: str, at: datetime, body: bytes
) -> Row:
    """The row of a message that came at `at` (UTC), was signed, and was interpreted."""
    return _row(at, PROCESSED) | {
        "message_id": message_id,
        "type": kind,
        "patient_id": patient_id,
        "body": vault.encrypt(body),
        "body_hash": hashlib.sha256(body).hexdigest(),
        "attempts": 1,
        "processed_at": at + _INTERPRETED_AFTER,
    }


def _processed(vault: Vault, message: PastMessage) -> Row:
    row = processed_row(
        vault, message.id, message.type, message.patient_id, message.at, message.body
    )
    return row | {"request_id": message.request_id}


def _odd(vault: Vault, at: datetime, kind: str, status: str, error: str) -> Row:
    """A message without the fields that the log needs."""
    message_id = new_id(at)
    meta = {"messageId": message_id, "when": at.isoformat(), "type": kind}
    body = json.dumps({"meta": meta, "payload": {}}).encode()
    return _row(at, status) | {
        "message_id": message_id,
        "type": kind,
        "body": vault.encrypt(body),
        "body_hash": hashlib.sha256(body).hexdigest(),
        "attempts": 1,
        "error": error,
        "processed_at": at + _INTERPRETED_AFTER,
    }


def _refused(at: datetime, why: Rejection) -> Row:
    """A message with a wrong signature, of which no body is kept."""
    return _row(at, REJECTED) | {"signature_status": "invalid", "error": why.value}


def _row(at: datetime, status: str) -> Row:
    """A row with every column, because rows of one insert must name the same columns."""
    return {
        "id": new_id(at),
        "message_id": None,
        "type": None,
        "request_id": None,
        "patient_id": None,
        "received_at": at,
        "signature_status": "valid",
        "body": None,
        "body_hash": None,
        "status": status,
        "attempts": 0,
        "error": None,
        "processed_at": None,
        "deliveries": 1,
        "replays": 0,
    }
