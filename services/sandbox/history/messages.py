"""The webhooks about past queries, as they were delivered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.ids import new_id
from services.sandbox.history.queries import PastQuery
from services.sandbox.patients import Patients
from services.sandbox.records.presigned import Presigner
from services.sandbox.webhooks.bodies import source_body
from services.sandbox.webhooks.messages import Message

# A webhook arrives this long after its source completed.
_ON_ITS_WAY = timedelta(milliseconds=400)
_PROVIDERS = {"hie": "national-hie", "pharmacy": "surescripts", "lab": "quest"}


@dataclass(frozen=True)
class PastMessage:
    """One webhook, delivered at `at` (aware UTC)."""

    id: str
    type: str
    request_id: str
    patient_id: str
    at: datetime
    body: bytes = field(repr=False)


def past_messages(
    past: Iterable[PastQuery], since: datetime, patients: Patients, presigner: Presigner
) -> Iterator[PastMessage]:
    """Yield a message for each source of the queries submitted from `since` (aware UTC) on."""
    for query in past:
        if query.answer is None or query.submitted_at < since:
            continue
        for source in query.answer["sources"]:
            yield _message(query, source, patients, presigner)


def _message(
    query: PastQuery, source: dict[str, Any], patients: Patients, presigner: Presigner
) -> PastMessage:
    at = datetime.fromisoformat(source["completedAt"]) + _ON_ITS_WAY
    facts = {name: source[name] for name in ("type", "status", "completedAt")}
    content = {
        "source": facts | {"source": _PROVIDERS[source["type"]]},
        "purpose": query.purpose,
        "metadata": query.metadata,
    }
    type_, request_id = f"network-query.{source['type']}", str(query.request_id)
    message = Message(type_, at, query.patient_id, request_id, content, id=new_id(at))
    external_id = (patients.get(query.patient_id) or {}).get("externalId")
    url = presigner.url(f"patient/{query.patient_id}", at)
    body = source_body(message, external_id, url, at)
    return PastMessage(message.id, type_, request_id, query.patient_id, at, body)
