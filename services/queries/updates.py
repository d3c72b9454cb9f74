"""What upstream says about a network query, written into its rows.

News come by answer, by status call and by webhook, late, twice and in any order. Every function
here is idempotent, works inside the caller's transaction, and never takes back that a source ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.ids import new_id
from services.metriport.schemas import NetworkQuery as Answer
from services.metriport.schemas import SourceError, SourceStatus
from services.metriport.webhook_schemas import NetworkQueryUpdate
from services.queries.status import (
    FINISHED,
    NOT_STARTED,
    PROCESSING,
    SOURCE_FINAL,
    SUBMITTING,
    derived,
    next_check,
    settled,
    upstream_word,
)
from services.store.tables import NetworkQuery, QuerySource

QUERY_ID_KEY = "accessDeskQueryId"
"""Under this key our row's id travels in a query's metadata, and comes back on its webhooks."""

EXTERNAL = "external"
DASHBOARD = "dashboard"

_CONFIRM_AFTER = timedelta(seconds=2)


def sources_of(session: Session, query_id: str) -> list[QuerySource]:
    """A query's source rows, by type and attempt."""
    wanted = select(QuerySource).where(col(QuerySource.query_id) == query_id)
    ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt))
    return list(session.exec(ordered).all())


def apply_start(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Take in the answer to a start. Webhooks may have come before it, and know better."""
    _take_in(session, query, answer)
    _settle_from_sources(session, query, now)


def apply_reading(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Take in a status call's answer: upstream's own word on whether it has ended."""
    rows = _take_in(session, query, answer)
    query.checks += 1
    _forget_error(query)
    query.status = settled(answer.status, derived(_latest(rows).values()))
    if query.status in FINISHED:
        _finish(query, rows, now)
        query.next_check_at = None
    else:
        query.finished_at = None
        query.next_check_at = next_check(now, query.checks)
    session.add(query)


def apply_webhook(
    session: Session, query: NetworkQuery, news: NetworkQueryUpdate, now: datetime
) -> None:
    """Take in one webhook about one source; one that says nothing new changes nothing."""
    rows = sources_of(session, query.id)
    source = news.source
    row = _row_for(rows, news)
    known = row.model_dump() if row else None
    row = row or _added(session, query, source.type, rows)
    if source.first_data_ready_at:
        row.first_data_at = row.first_data_at or source.first_data_ready_at
    if row.status not in SOURCE_FINAL:
        row.status = upstream_word(source.status)
    if row.status in SOURCE_FINAL:
        row.specific_source = row.specific_source or source.source
        row.completed_at = row.completed_at or source.completed_at
    session.add(row)
    if row.model_dump() != known:
        _settle_from_sources(session, query, now)


def external_query(news: NetworkQueryUpdate, request_id: str, now: datetime) -> NetworkQuery:
    """The row for a query that somebody else of the company started, as of its first news.

    When it was submitted upstream does not say. Its other sources are unknown until a status call,
    which is due at once.
    """
    return NetworkQuery(
        id=new_id(now),
        request_id=request_id,
        patient_id=news.patient_id,
        purpose=news.purpose_of_use or "treatment",
        origin=EXTERNAL,
        status=PROCESSING,
        submitted_at=now,
        next_check_at=now,
    )


def _take_in(session: Session, query: NetworkQuery, answer: Answer) -> list[QuerySource]:
    query.request_id = answer.request_id
    query.started_at = answer.started_at or query.started_at
    rows = sources_of(session, query.id)
    for source, attempt in _numbered(answer.sources):
        row = _of_attempt(rows, source.type, attempt)
        _fill(row or _added(session, query, source.type, rows), source)
    for error in answer.errors:
        _mark_error(session, query, rows, error)
    answered = {source.type for source in answer.sources}
    for row in rows:
        if row.type not in answered and row.status not in SOURCE_FINAL:
            row.status = NOT_STARTED
    session.add_all([query, *rows])
    return rows


def _numbered(sources: Sequence[SourceStatus]) -> list[tuple[SourceStatus, int]]:
    """Each source with its attempt: a type may stand more than once, after a retry."""
    seen: dict[str, int] = {}
    numbered = []
    for source in sorted(sources, key=lambda one: (one.started_at is None, one.started_at or 0)):
        seen[source.type] = seen.get(source.type, 0) + 1
        numbered.append((source, seen[source.type]))
    return numbered


def _fill(row: QuerySource, source: SourceStatus) -> None:
    row.started_at = row.started_at or source.started_at
    if row.status not in SOURCE_FINAL:
        row.status = upstream_word(source.status)
        row.completed_at = source.completed_at
        row.specific_source = row.specific_source or source.source


def _mark_error(
    session: Session, query: NetworkQuery, rows: list[QuerySource], error: SourceError
) -> None:
    latest = [row for row in rows if row.type == error.source]
    row = latest[-1] if latest else _added(session, query, error.source, rows)
    row.error_status, row.error_message = error.http_status, error.message


def _row_for(rows: list[QuerySource], news: NetworkQueryUpdate) -> QuerySource | None:
    """The attempt that a webhook speaks of: None where it is one that no row stands for yet."""
    source = news.source
    same_type = [row for row in rows if row.type == source.type]
    for row in same_type:
        # The same news again, after a newer attempt has begun.
        if row.completed_at and row.completed_at == source.completed_at and _may_be(row, news):
            return row
    for row in same_type:
        if row.status not in SOURCE_FINAL and _may_be(row, news):
            return row
    if source.first_data_ready_at:
        return same_type[-1] if same_type else None
    for row in same_type:
        if _may_be(row, news) and _same_end(row, news):
            return row
    return None


def _may_be(row: QuerySource, news: NetworkQueryUpdate) -> bool:
    """Whether a row is of the provider that the news are about."""
    return row.specific_source in (None, news.source.source)


def _same_end(row: QuerySource, news: NetworkQueryUpdate) -> bool:
    ended = news.source.completed_at
    return row.completed_at is None or ended is None or row.completed_at == ended


def _of_attempt(rows: list[QuerySource], kind: str, attempt: int) -> QuerySource | None:
    return next((row for row in rows if row.type == kind and row.attempt == attempt), None)


def _added(
    session: Session, query: NetworkQuery, kind: str, rows: list[QuerySource]
) -> QuerySource:
    attempt = 1 + sum(row.type == kind for row in rows)
    row = QuerySource(query_id=query.id, type=kind, attempt=attempt, status=PROCESSING)
    rows.append(row)
    session.add(row)
    return row


def _latest(rows: Sequence[QuerySource]) -> dict[str, str]:
    return {row.type: row.status for row in sorted(rows, key=lambda row: row.attempt)}


def _settle_from_sources(session: Session, query: NetworkQuery, now: datetime) -> None:
    """The status from the sources alone; an end seen this way is confirmed by a status call.

    One type can have several providers, each with a webhook of its own, so only upstream knows
    whether the last one has spoken.
    """
    session.flush()
    rows = sources_of(session, query.id)
    for row in rows:
        if row.status == SUBMITTING:
            row.status = PROCESSING
    query.status = PROCESSING if _unread(query) else derived(_latest(rows).values())
    if query.status in FINISHED:
        _finish(query, rows, now)
        query.next_check_at = now + _CONFIRM_AFTER
    else:
        query.next_check_at = now if _unread(query) else next_check(now, query.checks)
    _forget_error(query)
    session.add_all([query, *rows])


def _forget_error(query: NetworkQuery) -> None:
    """Upstream has spoken, so what went wrong with asking it is past."""
    query.error_kind = query.error_status = query.error_title = query.error_detail = None


def _unread(query: NetworkQuery) -> bool:
    """Whether it is somebody else's, and its sources are not known yet."""
    return query.origin == EXTERNAL and query.checks == 0


def _finish(query: NetworkQuery, rows: Sequence[QuerySource], now: datetime) -> None:
    ends = [row.completed_at for row in rows if row.completed_at]
    # Upstream's clock may run ahead of ours, and nothing has ended before it was known.
    query.finished_at = min(max(ends, default=query.finished_at or now), now)
