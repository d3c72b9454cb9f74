"""Reads people's newest queries, their sources and their records, as plain facts.

The number of statements is fixed, however many people.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, func, select

from services.diagnosis.verdict import QueryFacts, RecordsFacts, SourceFacts
from services.queries.requests import IAS
from services.queries.sources import latest_attempts
from services.store.tables import NetworkQuery, QuerySource, RecordRequest


def group_by_person(
    ids: Collection[str], *by_patient: Mapping[str, QueryFacts]
) -> dict[str, list[QueryFacts]]:
    """Each person's queries, from one mapping of patient ids to queries for each purpose."""
    return {
        patient_id: [queries[patient_id] for queries in by_patient if patient_id in queries]
        for patient_id in ids
    }


def read_newest_queries(
    session: Session, ids: Collection[str], *, ias: bool
) -> dict[str, QueryFacts]:
    """Each person's newest query for individual access, or their newest query for anything else."""
    of_purpose = col(NetworkQuery.purpose) == IAS if ias else col(NetworkQuery.purpose) != IAS
    # One statement for a whole page of people: a `LIMIT 1` would need a statement for each. The
    # id decides between two queries of one moment, so that both databases answer the same.
    position = func.row_number().over(
        partition_by=col(NetworkQuery.patient_id),
        order_by=(col(NetworkQuery.submitted_at).desc(), col(NetworkQuery.id).desc()),
    )
    ranked = select(col(NetworkQuery.id), position.label("position"))
    ranked = ranked.where(col(NetworkQuery.patient_id).in_(ids), of_purpose)
    numbered = ranked.subquery()
    newest = select(NetworkQuery).join(numbered, numbered.c.id == col(NetworkQuery.id))
    rows = session.exec(newest.where(numbered.c.position == 1)).all()
    sources = _read_latest_sources(session, [row.id for row in rows])
    return {row.patient_id: _make_query_facts(row, sources.get(row.id, [])) for row in rows}


def _read_latest_sources(
    session: Session, query_ids: Collection[str]
) -> dict[str, list[SourceFacts]]:
    wanted = select(QuerySource).where(col(QuerySource.query_id).in_(query_ids))
    by_query: dict[str, list[QuerySource]] = {}
    for row in session.exec(wanted.order_by(col(QuerySource.type), col(QuerySource.id))).all():
        by_query.setdefault(row.query_id, []).append(row)
    return {
        query_id: [_make_source_facts(row) for row in latest_attempts(rows)]
        for query_id, rows in by_query.items()
    }


def _make_source_facts(row: QuerySource) -> SourceFacts:
    return SourceFacts(
        type=row.type,
        status=row.status,
        started_at=row.started_at,
        error_status=row.error_status,
        error_message=row.error_message,
        provider=row.specific_source,
    )


def _make_query_facts(row: NetworkQuery, sources: Sequence[SourceFacts]) -> QueryFacts:
    return QueryFacts(
        id=row.id,
        purpose=row.purpose,
        status=row.status,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        error_kind=row.error_kind,
        error_status=row.error_status,
        error_detail=row.error_detail,
        sources=tuple(sources),
        next_check_at=row.next_check_at,
    )


def read_records(
    session: Session, people: Mapping[str, Sequence[QueryFacts]]
) -> dict[str, RecordsFacts]:
    """What the log knows of the records of each query, by the query's id.

    Only from requests that were counted, or at least submitted, after the query ended: an earlier
    one cannot hold what the query brought. `people` maps a patient id to the person's queries.
    """
    wanted = select(RecordRequest).where(col(RecordRequest.patient_id).in_(list(people)))
    oldest = min(
        (query.submitted_at for queries in people.values() for query in queries), default=None
    )
    if oldest is None:
        return {}
    wanted = wanted.where(col(RecordRequest.submitted_at) >= oldest)
    records: dict[str, RecordsFacts] = {}
    # Oldest first, so that a newer request overwrites an older one.
    for row in session.exec(wanted.order_by(col(RecordRequest.submitted_at))).all():
        for query in people[row.patient_id]:
            if query.finished_at and (row.counted_at or row.submitted_at) >= query.finished_at:
                records[query.id] = _merge_request(records.get(query.id), row)
    return records


def _merge_request(before: RecordsFacts | None, row: RecordRequest) -> RecordsFacts:
    """`before` with the newer request `row`: its status, and its count if it has one.

    A request that is still under way must not hide the count of the one before it.
    """
    counted = sum((row.resource_counts or {}).values()) if row.counted_at else None
    return RecordsFacts(
        resources=before.resources if counted is None and before else counted,
        status=row.status,
        asked_at=row.submitted_at,
        next_check_at=row.next_check_at,
        error_detail=row.error_detail,
    )
