"""Writes what upstream says about a network query into the rows of the query and its sources.

Upstream says it in the answer to a start, in answers to status calls and in webhooks: late, twice
and in any order. Every function here works inside the caller's transaction, changes nothing when it
is called again with the same, and never takes back that a source ended. Callers lock the query's
row first, so that two messages about one query are applied one after the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from services.errors import UpstreamError, UpstreamNotFound
from services.ids import new_id
from services.metriport.schemas import NetworkQuery as Answer
from services.metriport.schemas import SourceError, SourceStatus
from services.metriport.webhook_schemas import NetworkQueryUpdate
from services.queries.sources import (
    add_row,
    latest_attempts,
    number_attempts,
    row_of_update,
    rows_of_status,
    sources_of,
)
from services.queries.status import (
    FAILED,
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
"""The key of our row's id in a query's metadata, which upstream repeats on its webhooks."""

EXTERNAL = "external"
DASHBOARD = "dashboard"

_CONFIRM_AFTER = timedelta(seconds=2)
_MOST_CONFIRMATIONS = 12
"""So many status calls at most for an end that webhooks reported and upstream does not confirm."""

_OF_A_SOURCE = (
    "status", "specific_source", "started_at", "first_data_at", "completed_at", "reported_at",
)  # fmt: skip
"""What a source's row takes over from that of the same source in another query's row."""

_NOT_FOUND_UNTIL = 3
"""Upstream may answer 404 shortly after a start. After more checks than this, a 404 is final."""


def apply_start(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Apply the answer to a start; webhooks that came before it are not undone."""
    _take_in(session, query, answer)
    settle(session, query, now)


def apply_reading(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Apply the answer to a status call."""
    _take_in(session, query, answer)
    query.checks += 1
    query.upstream_status = upstream_word(answer.status)
    settle(session, query, now)


def apply_failed_reading(
    session: Session, query: NetworkQuery, error: UpstreamError, now: datetime
) -> None:
    """Keep that a status call did not succeed, and when to ask again.

    A query whose request upstream does not know any more becomes `failed`. One that has finished
    keeps its status, and upstream is not asked about it again.
    """
    query.checks += 1
    query.next_check_at = next_check(now, query.checks)
    is_gone = isinstance(error, UpstreamNotFound) and query.checks > _NOT_FOUND_UNTIL
    if query.status in FINISHED:
        # Webhooks have reported how it ended; only upstream's confirmation is missing.
        query.next_check_at = None if is_gone else query.next_check_at
    else:
        query.keep_error(error)
        if is_gone:
            query.status, query.finished_at, query.next_check_at = FAILED, now, None
    session.add(query)


def apply_webhook(
    session: Session, query: NetworkQuery, update: NetworkQueryUpdate, now: datetime
) -> None:
    """Apply a webhook, which is about one source; one that says nothing new changes nothing."""
    rows = sources_of(session, query.id)
    source = update.source
    row = row_of_update(rows, update)
    before = row.model_dump() if row else {}
    row = row or add_row(session, query.id, rows, source.type, source.source)
    _fill_from_webhook(row, update)
    session.add(row)
    after = row.model_dump()
    _mark_reported(session, rows, source.type, now)
    if before.get("status") != after["status"]:
        # The status of the last answer is older than this webhook, and must not outweigh it.
        query.upstream_status = None
    # A message that came before must not restart the status calls, so nothing is settled for it.
    if after != before:
        settle(session, query, now)


def external_query(update: NetworkQueryUpdate, request_id: str, now: datetime) -> NetworkQuery:
    """A new row for a query that was not started here, made from its first webhook.

    Upstream does not say when it was submitted, so that is `now`. Its other sources are unknown
    until a status call, which is due at once.
    """
    return NetworkQuery(
        id=new_id(now),
        request_id=request_id,
        patient_id=update.patient_id,
        purpose=update.purpose_of_use or "treatment",
        origin=EXTERNAL,
        status=PROCESSING,
        submitted_at=now,
        next_check_at=now,
    )


def claim_request(session: Session, query: NetworkQuery, request_id: str) -> bool:
    """Make `query` the row of upstream's `request_id`; False if another start of ours has that id.

    A webhook that came before the answer and without our metadata has made an external row of the
    same request. Its sources move to `query`, and it is deleted.
    """
    wanted = select(NetworkQuery).where(col(NetworkQuery.request_id) == request_id)
    twin = session.exec(wanted.with_for_update()).first()
    if twin is not None and twin.id != query.id:
        if twin.origin != EXTERNAL:
            return False
        _move_sources(session, twin, query)
        session.delete(twin)
        # The request id is unique: the twin must be gone before `query` takes it.
        session.flush()
    query.request_id = request_id
    session.add(query)
    return True


def settle(session: Session, query: NetworkQuery, now: datetime) -> None:
    """Compute the query's status, end and next check from its sources, and forget its error."""
    # The rows below are read from the database, so what the caller changed has to be there.
    session.flush()
    rows = sources_of(session, query.id)
    for row in rows:
        # Upstream has said something of the query, so it was started.
        if row.status == SUBMITTING:
            row.status = PROCESSING
    from_sources = derived(row.status for row in latest_attempts(rows))
    # The known sources of an external query may be only a part of them, so their end says nothing.
    query.status = PROCESSING if _is_unread(query) else settled(query.upstream_status, from_sources)
    if query.status in FINISHED:
        query.finished_at = _end_of(query, rows, now)
        query.next_check_at = _next_confirmation(query, rows, now)
    else:
        query.finished_at = None
        query.next_check_at = now if _is_unread(query) else next_check(now, query.checks)
    query.clear_error()
    session.add_all([query, *rows])


def _take_in(session: Session, query: NetworkQuery, answer: Answer) -> None:
    query.started_at = answer.started_at or query.started_at
    if answer.unreadable:
        query.unreadable = "; ".join(answer.unreadable)
    rows = sources_of(session, query.id)
    for source, attempt in number_attempts(answer.sources):
        about = rows_of_status(rows, source, attempt)
        for row in about or [add_row(session, query.id, rows, source.type, None, attempt)]:
            _fill_from_status(row, source)
    for error in answer.errors:
        _mark_error(session, query, rows, error)
    _mark_not_started(rows, answer)
    session.add_all([query, *rows])


def _mark_not_started(rows: Sequence[QuerySource], answer: Answer) -> None:
    """Mark the types that the answer leaves out, unless it names no source and no error at all.

    An answer without either was cut down by somebody, and says nothing about the sources.
    """
    if not answer.sources and not answer.errors:
        return
    answered = {source.type for source in answer.sources}
    for row in rows:
        if row.type not in answered and row.status not in SOURCE_FINAL:
            row.status = NOT_STARTED


def _fill_from_status(row: QuerySource, source: SourceStatus) -> None:
    row.started_at = row.started_at or source.started_at
    if row.status not in SOURCE_FINAL:
        row.status = upstream_word(source.status)
        row.specific_source = row.specific_source or source.source
    if row.status in SOURCE_FINAL:
        row.completed_at = row.completed_at or source.completed_at


def _fill_from_webhook(row: QuerySource, update: NetworkQueryUpdate) -> None:
    source = update.source
    if source.first_data_ready_at:
        row.first_data_at = row.first_data_at or source.first_data_ready_at
    if row.status not in SOURCE_FINAL:
        row.status = upstream_word(source.status)
    # Only an end names the row: until then, any provider of the type may be the first to report.
    if row.status in SOURCE_FINAL:
        row.specific_source = row.specific_source or source.source
        row.completed_at = row.completed_at or source.completed_at


def _mark_reported(
    session: Session, rows: Sequence[QuerySource], source_type: str, now: datetime
) -> None:
    """Keep that a webhook about the type came. It changes nothing else, so nothing follows it."""
    for row in rows:
        if row.type == source_type and row.reported_at is None:
            row.reported_at = now
            session.add(row)


def _mark_error(
    session: Session, query: NetworkQuery, rows: list[QuerySource], error: SourceError
) -> None:
    # An error names a type only. Rows are sorted by attempt, so the last one is the newest.
    of_type = [row for row in rows if row.type == error.source]
    row = of_type[-1] if of_type else add_row(session, query.id, rows, error.source)
    row.error_status, row.error_message = error.http_status, error.message


def _move_sources(session: Session, twin: NetworkQuery, query: NetworkQuery) -> None:
    """Copy the twin's sources to the query's rows, and delete them."""
    rows = sources_of(session, query.id)
    for source in sources_of(session, twin.id):
        row = next((row for row in rows if _is_free_for(row, source)), None)
        row = row or add_row(session, query.id, rows, source.type, source.specific_source)
        for name in _OF_A_SOURCE:
            setattr(row, name, getattr(source, name) or getattr(row, name))
        session.add(row)
        session.delete(source)
    # The twin itself is deleted next, and its sources refer to it.
    session.flush()


def _is_free_for(row: QuerySource, source: QuerySource) -> bool:
    """Whether a row of the query has not ended, and can take what the twin's source holds."""
    return row.type == source.type and row.status not in SOURCE_FINAL


def _is_unread(query: NetworkQuery) -> bool:
    """Whether the query was not started here, and no status call has named its sources yet."""
    return query.origin == EXTERNAL and query.checks == 0


def _end_of(query: NetworkQuery, rows: Sequence[QuerySource], now: datetime) -> datetime:
    ends = [row.completed_at for row in rows if row.completed_at]
    # Not later than now: upstream's clock may run ahead of ours.
    return min(max(ends, default=query.finished_at or now), now)


def _next_confirmation(
    query: NetworkQuery, rows: Sequence[QuerySource], now: datetime
) -> datetime | None:
    """When to ask upstream whether the query has really ended; None once it has said so.

    A type can have several providers with a webhook each, so only upstream knows whether the last
    one has reported.
    """
    if query.upstream_status is None:
        return now + _CONFIRM_AFTER
    # Upstream says `processing` for ever of a query of which no source was started.
    nothing_ran = not any(row.status in SOURCE_FINAL for row in rows)
    if query.upstream_status != PROCESSING or nothing_ran:
        return None
    return next_check(now, query.checks) if query.checks < _MOST_CONFIRMATIONS else None
