"""`medical.consolidated-data`: a request for consolidated data has ended."""

from typing import Any

from sqlmodel import Session

from services.records.record_requests import RECORD_ID_KEY, apply_status, record_request_of
from services.webhooks.registry import Message, handles


@handles("medical.consolidated-data")
def apply_consolidated_data(session: Session, message: Message) -> str | None:
    """Set the status of a record request.

    The message's bundle is not read: a call counts the records, and their content is never kept.
    """
    status = _read_status(message.body.get("patients"))
    own_id = message.metadata.get(RECORD_ID_KEY)
    row = record_request_of(session, message.meta.request_id, own_id)
    if row is None:
        return "not started here"
    # The webhook may come before the answer to the start, which also brings the id.
    row.request_id = row.request_id or message.meta.request_id
    apply_status(session, row, status, message.now)
    return None


def _read_status(patients: Any) -> str:
    """The first patient's status, since a request of ours is about one person.

    Raises `ValueError` where there is none.
    """
    first = patients[0] if isinstance(patients, list) and patients else None
    status = first.get("status") if isinstance(first, dict) else None
    if not isinstance(status, str) or not status:
        raise ValueError("no patient with a status")
    return status
