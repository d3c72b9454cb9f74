"""What upstream says about a network query, written into its rows.

It speaks in the answer to a start, in answers to status calls and in webhooks: late, twice and in
any order. Every function here works inside the caller's transaction, changes nothing when it is
called again with the same, and never takes back that a source ended.
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
"""Under this key our row's id travels in a query's metadata, and comes back on its webhooks."""

EXTERNAL = "external"
DASHBOARD = "dashboard"

_CONFIRM_AFTER = timedelta(seconds=2)
_MOST_CONFIRMATIONS = 12
"""Upstream is not asked for ever to confirm an end that webhooks have told."""

_NOT_FOUND_UNTIL = 3
"""Upstream may not know a request the moment it made it; after this many checks it never will."""


def apply_start(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Take in the answer to a start. Webhooks may have come before it, and know more."""
    _take_in(session, query, answer)
    settle(session, query, now)


def apply_reading(session: Session, query: NetworkQuery, answer: Answer, now: datetime) -> None:
    """Take in the answer to a status call."""
    _take_in(session, query, answer)
    query.checks += 1
    query.upstream_status = upstream_word(answer.status)
    settle(session, query, now)


def apply_failed_reading(
    session: Session, query: NetworkQuery, error: UpstreamError, now: datetime
) -> None:
    """Keep that a status call did not succeed, and when to ask again.

    A request that upstream does not know any more has failed, unless its sources have told already
    how they ended: what is known stays known.
    """
    query.checks += 1
    query.next_check_at = next_check(now, query.checks)
    gone = isinstance(error, UpstreamNotFound) and query.checks > _NOT_FOUND_UNTIL
    if query.status in FINISHED:
        query.next_check_at = None if gone else query.next_check_at
    else:
        query.keep_error(error)
        if gone:
            query.status, query.finished_at, query.next_check_at = FAILED, now, None
    session.add(query)


def apply_webhook(
    session: Session, query: NetworkQuery, update: NetworkQueryUpdate, now: datetime
) -> None:
    """Take in one webhook about one source; one that says nothing new changes nothing."""
    rows = sources_of(session, query.id)
    source = update.source
    row = row_of_update(rows, update)
    before = row.model_dump() if row else {}
    row = row or add_row(session, query.id, rows, source.type, source.source)
    _fill_from_webhook(row, update)
    session.add(row)
    after = row.model_dump()
    if before.get("status") != after["status"]:
        # Upstream's word is older than this.
        query.upstream_status = None
    if after != before:
        settle(session, query, now)


def external_query(update: NetworkQueryUpdate, request_id: str, now: datetime) -> NetworkQuery:
    """The row for a query that somebody else of the company started, as of its first webhook.

    When it was submitted upstream does not say. Its other sources are unknown until a status call,
    which is due at once.
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
    """Let `query` be the row of upstream's `request_id`; False where another start has it.

    A webhook without our metadata that came before the answer has made an external row of the same
    request: its sources move over, and it goes.
    """
    wanted = select(NetworkQuery).where(col(NetworkQuery.request_id) == request_id)
    twin = session.exec(wanted.with_for_update()).first()
    if twin is not None and twin.id != query.id:
        if twin.origin != EXTERNAL:
            return False
        _move_sources(session, twin, query)
        session.delete(twin)
        session.flush()
    query.request_id = request_id
    session.add(query)
    return True


def settle(session: Session, query: NetworkQuery, now: datetime) -> None:
    """The status, its end and the next check, computed from what is known now."""
    session.flush()
    rows = sources_of(session, query.id)
    for row in rows:
        if row.status == SUBMITTING:
            row.status = PROCESSING
    from_sources = derived(row.status for row in latest_attempts(rows))
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
        spoken_of = rows_of_status(rows, source, attempt)
        for row in spoken_of or [add_row(session, query.id, rows, source.type, None, attempt)]:
            _fill_from_status(row, source)
    for error in answer.errors:
        _mark_error(session, query, rows, error)
    _mark_not_started(rows, answer)
    session.add_all([query, *rows])


def _mark_not_started(rows: Sequence[QuerySource], answer: Answer) -> None:
    """A type that the answer leaves out did not start, unless it leaves out everything."""
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
    if row.status in SOURCE_FINAL:
        row.specific_source = row.specific_source or source.source
        row.completed_at = row.completed_at or source.completed_at


def _mark_error(
    session: Session, query: NetworkQuery, rows: list[QuerySource], error: SourceError
) -> None:
    of_type = [row for row in rows if row.type == error.source]
    row = of_type[-1] if of_type else add_row(session, query.id, rows, error.source)
    row.error_status, row.error_message = error.http_status, error.message


def _move_sources(session: Session, twin: NetworkQuery, query: NetworkQuery) -> None:
    """Everything that the twin's sources have told becomes the query's."""
    rows = sources_of(session, query.id)
    for told in sources_of(session, twin.id):
        row = next((mine for mine in rows if _stands_for(mine, told)), None)
        row = row or add_row(session, query.id, rows, told.type, told.specific_source)
        for name in ("status", "specific_source", "started_at", "first_data_at", "completed_at"):
            setattr(row, name, getattr(told, name) or getattr(row, name))
        session.add(row)
        session.delete(told)
    session.flush()


def _stands_for(mine: QuerySource, told: QuerySource) -> bool:
    """Whether a row of ours still waits for what the twin's row tells."""
    return mine.type == told.type and mine.status not in SOURCE_FINAL


def _is_unread(query: NetworkQuery) -> bool:
    """Whether it is somebody else's, and its sources are not known yet."""
    return query.origin == EXTERNAL and query.checks == 0


def _end_of(query: NetworkQuery, rows: Sequence[QuerySource], now: datetime) -> datetime:
    ends = [row.completed_at for row in rows if row.completed_at]
    # Upstream's clock may run ahead of ours, and nothing has ended before it was known.
    return min(max(ends, default=query.finished_at or now), now)


def _next_confirmation(
    query: NetworkQuery, rows: Sequence[QuerySource], now: datetime
) -> datetime | None:
    """When to ask upstream whether it agrees that the query has ended; None once it does.

    A type can have several providers, each with a webhook of its own, so only upstream knows
    whether the last one has spoken.
    """
    if query.upstream_status is None:
        return now + _CONFIRM_AFTER
    nothing_ran = not any(row.status in SOURCE_FINAL for row in rows)
    if query.upstream_status != PROCESSING or nothing_ran:
        return None
    return next_check(now, query.checks) if query.checks < _MOST_CONFIRMATIONS else None
