"""Webhooks, calls to the upstream and acts of the staff, as entries of a timeline.

Every function yields the one moment of a row.
"""

from collections.abc import Iterator

from services.lookup.entries import EntryKind, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.store.tables import AuditEvent, UpstreamCall, WebhookEvent


def entries_of_webhook(row: WebhookEvent) -> Iterator[TimelineEntry]:
    """The receipt of a message, and the status that its interpretation gave it."""
    detail = row.error or (f"{row.replays} replays" if row.replays else "")
    place = Place(PlaceKind.WEBHOOK, row.id)
    what = row.type or "message"
    yield TimelineEntry(
        row.received_at, EntryKind.WEBHOOK, what, row.status, "Metriport", detail, place
    )


def entries_of_call(row: UpstreamCall) -> Iterator[TimelineEntry]:
    """A call to the upstream, and its answer."""
    outcome = str(row.status or row.error_kind or "no answer")
    detail = " · ".join(part for part in (outcome, row.error_detail) if part)
    what = f"{row.method} {row.path}"
    state = "failed" if row.error_kind else "completed"
    yield TimelineEntry(
        row.at, EntryKind.CALL, what, state, "", detail, Place(PlaceKind.CALL, row.id)
    )


def entries_of_act(row: AuditEvent) -> Iterator[TimelineEntry]:
    """Something that a person of the staff did or saw."""
    by = f"{row.actor} ({row.role})"
    facts = name_facts(
        number=str(row.seq),
        by=by,
        outcome=row.outcome,
        about=f"{row.object_kind} {row.object_id}" if row.object_kind else None,
        details=" · ".join(f"{name} {value}" for name, value in (row.details or {}).items()),
    )
    yield TimelineEntry(row.at, EntryKind.ACT, row.action, "", by, row.outcome, facts=facts)
