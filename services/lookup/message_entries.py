"""Webhooks, calls to the upstream and acts of the staff, as entries of a timeline.

Every function yields the one moment of a row.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.lookup.entries import EntryKind, Moment, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.store.tables import AuditEvent, UpstreamCall, WebhookEvent

_PARTS: Mapping[str, EntryKind] = {
    "aal2": EntryKind.AAL2,
    "ias.identity": EntryKind.IDENTITY,
    "/identity/": EntryKind.IDENTITY,
    "identity link": EntryKind.IDENTITY,
    "consolidated": EntryKind.RECORDS,
    "records": EntryKind.RECORDS,
    "network": EntryKind.QUERY,
    "queries.start": EntryKind.QUERY,
}
"""The step that a message, a path or an act belongs to, by a part of its name; the first counts."""


def entries_of_webhook(row: WebhookEvent, now: datetime) -> Iterator[TimelineEntry]:
    """The receipt of a message, and the status that its interpretation gave it."""
    detail = row.error or (f"Replayed {row.replays} ×" if row.replays else "")
    what = row.type or "message"
    yield TimelineEntry(
        row.received_at,
        EntryKind.WEBHOOK,
        what,
        row.status,
        "Metriport",
        detail,
        Place(PlaceKind.WEBHOOK, row.id),
        moment=Moment.TOLD,
        of=_step_of(what),
    )


def entries_of_call(row: UpstreamCall, now: datetime) -> Iterator[TimelineEntry]:
    """A call to the upstream, and its answer."""
    outcome = f"HTTP {row.status}" if row.status else row.error_kind or "No answer"
    yield TimelineEntry(
        row.at,
        EntryKind.CALL,
        f"{row.method} {row.path}",
        "failed" if row.error_kind else "completed",
        detail=" · ".join(part for part in (outcome, row.error_detail) if part),
        place=Place(PlaceKind.CALL, row.id),
        moment=Moment.CALLED,
        of=_step_of(row.path),
    )


def entries_of_act(row: AuditEvent, now: datetime) -> Iterator[TimelineEntry]:
    """Something that a person of the staff did or saw."""
    by = f"{row.actor} ({row.role})"
    facts = name_facts(
        number=str(row.seq),
        by=by,
        outcome=row.outcome,
        about=f"{row.object_kind} {row.object_id}" if row.object_kind else None,
        details=_describe_details(row.details or {}),
    )
    yield TimelineEntry(
        row.at,
        EntryKind.ACT,
        row.action,
        by=by,
        detail=row.outcome,
        facts=facts,
        moment=Moment.ASKED,
        of=_step_of(f"{row.action} {row.object_kind or ''}"),
    )


def _describe_details(details: Mapping[str, Any]) -> str:
    """Each detail that has a value, behind its name."""
    return " · ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in details.items()
        if value is not None
    )


def _step_of(name: str) -> EntryKind | None:
    return next((kind for part, kind in _PARTS.items() if part in name), None)
