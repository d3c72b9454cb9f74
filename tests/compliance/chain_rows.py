"""Single rows around a query of a chain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.store.tables import AuditEvent, BulkItem, BulkRun, NetworkQuery, StaffSession

AT = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)
"""When the query is submitted."""

PERSON, SAM = "p-1", "test#sam"


def event(
    seq: int, action: str, object_id: str | None, at: datetime = AT, **columns: Any
) -> AuditEvent:
    """An event of the access log about the person, by Sam."""
    values = {
        "actor_id": SAM,
        "actor": "Sam",
        "role": "support",
        "session_id": "ss-1",
        "outcome": "done",
        "patient_id": PERSON,
    }
    return AuditEvent(seq=seq, at=at, action=action, object_id=object_id, **(values | columns))


def staff_session(**columns: Any) -> StaffSession:
    """The session in which Sam works."""
    values: dict[str, Any] = {
        "id": "ss-1",
        "token_hash": "t-1",
        "staff_id": SAM,
        "issuer": "test",
        "subject": "sam",
        "name": "Sam",
        "role": "support",
        "granted": ["support"],
        "created_at": AT - timedelta(hours=1),
        "last_seen_at": AT,
    }
    return StaffSession(**(values | columns))


def other(query_id: str, minutes: float, **columns: Any) -> NetworkQuery:
    """Another query of the person, so many minutes before the query."""
    values: dict[str, Any] = {
        "purpose": "ias",
        "origin": "dashboard",
        "status": "completed",
        "patient_id": PERSON,
        "submitted_at": AT - timedelta(minutes=minutes),
    }
    return NetworkQuery(id=query_id, **(values | columns))


def bulk_rows() -> tuple[BulkItem, BulkRun]:
    """A bulk run, and that it started the query."""
    item = BulkItem(id=1, run_id="run-1", patient_id=PERSON, query_id="q-1", status="started")
    run = BulkRun(
        id="run-1",
        created_by_id=SAM,
        created_by="Sam",
        role="support",
        session_id="ss-1",
        created_at=AT - timedelta(hours=2),
        status="running",
        facility_id="f-1",
        sources={"hie": True},
        reason="Visit preparation",
        total=1,
    )
    return item, run
