"""Which row of `query_source` an answer or a webhook is about.

A start makes one row for each type that is asked. A webhook may name a provider of the type: the
first provider that reports takes the type's row, and each other provider gets a row of its own.
The answer to a status call names types only, each summed up over its providers; a type stands in it
once for each attempt.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from services.metriport.schemas import SourceStatus
from services.metriport.webhook_schemas import NetworkQueryUpdate
from services.queries.status import PROCESSING, SOURCE_FINAL
from services.store.tables import QuerySource

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for the unknown start of an attempt in a comparison, so that it counts as the first."""


def sources_of(session: Session, query_id: str) -> list[QuerySource]:
    """A query's source rows by type, then by attempt, then the older row first."""
    wanted = select(QuerySource).where(col(QuerySource.query_id) == query_id)
    ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt), col(QuerySource.id))
    return list(session.exec(ordered).all())


def latest_attempts(rows: Iterable[QuerySource]) -> list[QuerySource]:
    """The rows without those that a newer attempt of their provider or whole type replaces."""
    candidates = list(rows)
    return [row for row in candidates if not any(_supersedes(other, row) for other in candidates)]


def _supersedes(newer: QuerySource, older: QuerySource) -> bool:
    # A row without a provider is an attempt of the whole type.
    is_of_same = newer.specific_source in (None, older.specific_source)
    return newer.type == older.type and is_of_same and newer.attempt > older.attempt


def row_of_update(rows: Sequence[QuerySource], update: NetworkQueryUpdate) -> QuerySource | None:
    """The row that a webhook is about; None where it needs a new one.

    In this order: a row that has this very end already, a row that has not ended, the type's newest
    row for a message about first data, and a row whose end cannot be told from this one.
    """
    source = update.source
    candidates = [row for row in rows if row.type == source.type and _may_be(row, rows, update)]
    for row in candidates:
        # The same message comes again after a newer attempt has begun: it is about the old one.
        if row.completed_at and row.completed_at == source.completed_at:
            return row
    # Rows of this provider come before rows that are of no provider yet.
    for row in sorted(candidates, key=lambda row: row.specific_source is None):
        if row.status not in SOURCE_FINAL:
            return row
    if source.first_data_ready_at:
        # First data may be reported after the end, and begins no new attempt.
        return next((row for row in reversed(rows) if row.type == source.type), None)
    return next((row for row in candidates if _has_same_end(row, update)), None)


def _may_be(row: QuerySource, rows: Sequence[QuerySource], update: NetworkQueryUpdate) -> bool:
    """Whether a row is of the provider that a webhook names, or is still free to become its row."""
    provider = update.source.source
    if row.specific_source == provider:
        return True
    return row.specific_source is None and not any(
        (other.type, other.specific_source, other.attempt) == (row.type, provider, row.attempt)
        for other in rows
    )


def _has_same_end(row: QuerySource, update: NetworkQueryUpdate) -> bool:
    ended_at = update.source.completed_at
    return row.completed_at is None or ended_at is None or row.completed_at == ended_at


def rows_of_status(
    rows: Sequence[QuerySource], source: SourceStatus, attempt: int
) -> list[QuerySource]:
    """The rows that one entry of an answer is about; none where it needs a new one.

    An entry without a provider sums up the providers of its type. It is about the row without a
    provider if there is one, else about all rows of that attempt that webhooks have made.
    """
    of_attempt = [row for row in rows if (row.type, row.attempt) == (source.type, attempt)]
    named = [row for row in of_attempt if source.source in (row.specific_source, None)]
    unnamed = [row for row in of_attempt if row.specific_source is None]
    return named if source.source and named else unnamed or named


def number_attempts(sources: Sequence[SourceStatus]) -> list[tuple[SourceStatus, int]]:
    """Each entry of an answer with the number of its attempt (1, 2, …), oldest first.

    A type stands in the answer once more after each retry, without a number of its own.
    """
    attempts: dict[tuple[str, str | None], int] = {}
    numbered = []
    for source in sorted(sources, key=lambda entry: entry.started_at or _LONG_AGO):
        key = (source.type, source.source)
        attempts[key] = attempts.get(key, 0) + 1
        numbered.append((source, attempts[key]))
    return numbered


def add_row(
    session: Session,
    query_id: str,
    rows: list[QuerySource],
    source_type: str,
    provider: str | None = None,
    attempt: int | None = None,
) -> QuerySource:
    """Add a row of a type and provider to the session and to `rows`.

    It is the provider's next attempt unless `attempt` gives another number.
    """
    of_same = [row for row in rows if (row.type, row.specific_source) == (source_type, provider)]
    earlier = [row.attempt for row in of_same]
    row = QuerySource(
        query_id=query_id,
        type=source_type,
        specific_source=provider,
        attempt=attempt or 1 + max(earlier, default=0),
        status=PROCESSING,
        reported_at=next((r.reported_at for r in rows if r.type == source_type), None),
    )
    rows.append(row)
    session.add(row)
    return row
