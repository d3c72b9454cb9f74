"""The bodies of webhooks, as the vendor documents them, encoded as JSON."""

import json
from datetime import datetime
from typing import Any

from services.sandbox.answers import wire_time
from services.sandbox.queries.sources import SourceRun
from services.sandbox.webhooks.messages import Message

CONSOLIDATED = "medical.consolidated-data"
IDENTITY_VERIFIED = "ias.identity.verified"

Body = dict[str, Any]


def source_messages(
    run: SourceRun, patient_id: str, request_id: str, echoed: dict[str, Any]
) -> list[Message]:
    """The messages that a source run will send; `echoed` is the query's purpose and metadata."""
    source = {"type": run.type, "source": run.provider, "status": run.outcome}
    source["completedAt"] = wire_time(run.completes_at)
    type_ = f"network-query.{run.type}"
    content = echoed | {"source": source}
    found = [Message(type_, run.completes_at, patient_id, request_id, content)]
    if run.first_data_at:
        ready = wire_time(run.first_data_at)
        early = {"type": run.type, "status": "processing", "firstDataReadyAt": ready}
        type_, content = f"{type_}.first-data-ready", echoed | {"source": early}
        found.insert(0, Message(type_, run.first_data_at, patient_id, request_id, content))
    return found


def source_body(message: Message, external_id: str | None, url: str, now: datetime) -> bytes:
    """A `network-query.*` webhook; `url` leads to the consolidated data."""
    payload = _who(message, external_id) | {
        "consolidatedDataUrl": url,
        "source": message.content["source"],
    }
    if message.content["purpose"] == "ias":
        payload["purposeOfUse"] = "ias"
    return _encode({"meta": _meta(message, now), "payload": payload})


def consolidated_body(
    message: Message, external_id: str | None, attachment: Body | None, now: datetime
) -> bytes:
    """A `medical.consolidated-data` webhook; without an attachment the bundle is empty."""
    entry = []
    if attachment:
        reference = {"resourceType": "DocumentReference", "status": "current"}
        entry = [{"resource": reference | {"content": [{"attachment": attachment}]}}]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(entry), "entry": entry}
    patient = _who(message, external_id) | {
        "status": "completed",
        "filters": message.content["filters"],
        "bundle": bundle,
    }
    return _encode({"meta": _meta(message, now), "patients": [patient]})


def identity_body(message: Message, external_id: str | None, now: datetime) -> bytes:
    """An `ias.identity.verified` webhook."""
    payload = _who(message, external_id) | message.content["identity"]
    meta = _meta(message, now)
    # A verification belongs to no request.
    del meta["requestId"]
    return _encode({"meta": meta, "payload": payload})


def ping_body(message_id: str, word: str, now: datetime) -> bytes:
    """A `ping`; the receiver must answer with the same word as `pong`."""
    meta = {"messageId": message_id, "when": wire_time(now), "type": "ping"}
    return _encode({"ping": word, "meta": meta})


def _who(message: Message, external_id: str | None) -> Body:
    who = {"patientId": message.patient_id}
    return who | ({"externalId": external_id} if external_id else {})


def _meta(message: Message, now: datetime) -> Body:
    meta = {
        "messageId": message.id,
        "requestId": message.request_id,
        "when": wire_time(now),
        "type": message.type,
    }
    data = message.content["metadata"]
    return meta | ({"data": data} if data else {})


def _encode(body: Body) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
