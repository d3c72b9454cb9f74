"""Network queries, their sources, and fetched records, as entries of a timeline.

Every function yields the moments of one row, the earliest first.
"""

from collections.abc import Iterator
from datetime import datetime

from services.lookup.entries import EntryKind, Moment, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.queries.conditions.source_names import source_name
from services.queries.status import FAILED
from services.records.looks import LookAct
from services.store.tables import NetworkQuery, QuerySource, RecordLook, RecordRequest


def entries_of_query(row: NetworkQuery, now: datetime) -> Iterator[TimelineEntry]:
    """The submission of a network query, and its end."""
    place, what, kind = Place(PlaceKind.QUERY, row.id), f"{row.purpose} query", EntryKind.QUERY
    by, reason = row.started_by or "Elsewhere", row.reason or ""
    yield TimelineEntry(
        row.submitted_at, kind, what, "submitting", by, reason, place, moment=Moment.BEGUN
    )
    if row.finished_at:
        error, at = row.error_detail or "", row.finished_at
        yield TimelineEntry(
            at, kind, what, row.status, "Metriport", error, place, moment=Moment.DONE
        )


def entries_of_source(row: QuerySource, now: datetime) -> Iterator[TimelineEntry]:
    """The beginning and the end of an attempt of a source, as far as their times are known."""
    what, kind, by = f"{source_name(row.type)} source", EntryKind.QUERY, "Metriport"
    facts = name_facts(
        source=row.type,
        provider=row.specific_source,
        attempt=str(row.attempt),
        started=row.started_at,
        first_data=row.first_data_at,
        ended=row.completed_at,
        source_says=row.error_message,
    )
    if row.started_at:
        started = Moment.STARTED
        yield TimelineEntry(
            row.started_at, kind, what, "processing", by, facts=facts, moment=started
        )
    if row.completed_at:
        yield TimelineEntry(
            row.completed_at,
            kind,
            what,
            row.status,
            by,
            _describe_end(row),
            facts=facts,
            moment=Moment.BACK,
        )


def _describe_end(row: QuerySource) -> str:
    reason = "Metriport gave no reason" if row.status == FAILED else ""
    return row.error_message or reason or row.specific_source or ""


def entries_of_records(row: RecordRequest, now: datetime) -> Iterator[TimelineEntry]:
    """That consolidated data were asked for, and that what came was counted."""
    by, kind, counts = row.started_by or "", EntryKind.RECORDS, row.resource_counts or {}
    facts = name_facts(
        our_id=row.id,
        metriport_id=row.request_id,
        asked=row.submitted_at,
        asked_by=row.started_by,
        finished=row.finished_at,
        resources=", ".join(f"{name} {number:,}" for name, number in counts.items()),
        metriport_says=row.error_detail,
    )
    what, error, state = "Records", row.error_detail or "", row.status
    if row.finished_at:
        yield TimelineEntry(
            row.submitted_at, kind, what, "submitting", by, facts=facts, moment=Moment.BEGUN
        )
    at, moment = (
        row.finished_at or row.submitted_at,
        Moment.BACK if row.finished_at else Moment.BEGUN,
    )
    yield TimelineEntry(at, kind, what, state, by, error, facts=facts, moment=moment)
    if row.counted_at:
        total = f"{sum(counts.values()):,} resources"
        yield TimelineEntry(
            row.counted_at,
            kind,
            "Records counted",
            by="Metriport",
            detail=total,
            facts=facts,
            moment=Moment.DONE,
        )


def entries_of_look(row: RecordLook, now: datetime) -> Iterator[TimelineEntry]:
    """That somebody looked at the records, and that a reviewer has seen it."""
    what = "Records downloaded" if row.act == LookAct.DOWNLOAD else "Records looked at"
    facts = name_facts(
        our_id=row.id,
        by=row.actor,
        reason=row.reason,
        ticket=row.ticket,
        result="No records came" if row.failed else None,
        reviewed=row.seen_at,
        reviewed_by=row.seen_by,
    )
    state, kind = FAILED if row.failed else "", EntryKind.RECORDS
    yield TimelineEntry(row.at, kind, what, state, row.actor, row.reason, facts=facts)
    if row.seen_at:
        at, by = row.seen_at, row.seen_by or ""
        yield TimelineEntry(at, kind, "Look reviewed", by=by, facts=facts, moment=Moment.DONE)
