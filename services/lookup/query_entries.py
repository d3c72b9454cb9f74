"""Network queries, their sources and requests for consolidated data, as entries of a timeline.

Every function yields the moments of one row, the earliest first.
"""

from collections.abc import Iterator

from services.lookup.entries import EntryKind, TimelineEntry, name_facts
from services.lookup.finder import Place, PlaceKind
from services.store.tables import NetworkQuery, QuerySource, RecordRequest


def entries_of_query(row: NetworkQuery) -> Iterator[TimelineEntry]:
    """The submission of a network query, and its end."""
    place, what, kind = Place(PlaceKind.QUERY, row.id), f"{row.purpose} query", EntryKind.QUERY
    by, reason = row.started_by or "elsewhere", row.reason or ""
    yield TimelineEntry(row.submitted_at, kind, what, "submitting", by, reason, place)
    if row.finished_at:
        error = row.error_detail or ""
        yield TimelineEntry(row.finished_at, kind, what, row.status, "Metriport", error, place)


def entries_of_source(row: QuerySource) -> Iterator[TimelineEntry]:
    """The beginning and the end of an attempt of a source, as far as their times are known."""
    what, kind, by = f"Source {row.type}", EntryKind.QUERY, "Metriport"
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
        yield TimelineEntry(row.started_at, kind, what, "processing", by, facts=facts)
    if row.completed_at:
        detail = row.error_message or row.specific_source or ""
        yield TimelineEntry(row.completed_at, kind, what, row.status, by, detail, facts=facts)


def entries_of_records(row: RecordRequest) -> Iterator[TimelineEntry]:
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
    error = row.error_detail or ""
    yield TimelineEntry(row.submitted_at, kind, "Records", row.status, by, error, facts=facts)
    if row.counted_at:
        total = f"{sum(counts.values()):,} resources"
        yield TimelineEntry(
            row.counted_at, kind, "Records counted", "", "Metriport", total, facts=facts
        )
