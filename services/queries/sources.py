"""Which row of a query's sources an answer or a webhook speaks of.

A start has one row for each type that was asked. A webhook may name its provider: the first one
takes the type's row, every other one gets a row of its own. An answer of a status call names types
only, as sums over their providers, and a type again for each attempt.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from services.metriport.schemas import SourceStatus
from services.metriport.webhook_schemas import NetworkQueryUpdate
from services.queries.status import PROCESSING, SOURCE_FINAL
from services.store.tables import QuerySource

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def sources_of(session: Session, query_id: str) -> list[QuerySource]:
    """A query's source rows, by type, attempt and age."""
    wanted = select(QuerySource).where(col(QuerySource.query_id) == query_id)
    ordered = wanted.order_by(col(QuerySource.type), col(QuerySource.attempt), col(QuerySource.id))
    return list(session.exec(ordered).all())


def latest_attempts(rows: Iterable[QuerySource]) -> list[QuerySource]:
    """The rows that count: no newer attempt stands for the same provider, or for the whole type."""
    found = list(rows)
    return [row for row in found if not any(_supersedes(other, row) for other in found)]


def _supersedes(newer: QuerySource, older: QuerySource) -> bool:
    of_the_same = newer.specific_source in (None, older.specific_source)
    return newer.type == older.type and of_the_same and newer.attempt > older.attempt


def row_of_update(rows: Sequence[QuerySource], update: NetworkQueryUpdate) -> QuerySource | None:
    """The row that a webhook speaks of; None where no row stands for it yet."""
    source = update.source
    candidates = [row for row in rows if row.type == source.type and _may_be(row, rows, update)]
    for row in candidates:
        # The same message again, after a newer attempt has begun.
        if row.completed_at and row.completed_at == source.completed_at:
            return row
    # A row that knows its provider stands before one that waits for the first to speak.
    for row in sorted(candidates, key=lambda row: row.specific_source is None):
        if row.status not in SOURCE_FINAL:
            return row
    if source.first_data_ready_at:
        return next((row for row in reversed(rows) if row.type == source.type), None)
    return next((row for row in candidates if _has_same_end(row, update)), None)


def _may_be(row: QuerySource, rows: Sequence[QuerySource], update: NetworkQueryUpdate) -> bool:
    """Whether a row is of the provider that a webhook names, or could become it."""
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
    """The rows that one entry of an answer speaks of: none where it is new.

    An entry without a provider is the sum over the providers of its type, so it speaks of all the
    rows of that attempt that webhooks have made.
    """
    of_attempt = [row for row in rows if (row.type, row.attempt) == (source.type, attempt)]
    named = [row for row in of_attempt if source.source in (row.specific_source, None)]
    unnamed = [row for row in of_attempt if row.specific_source is None]
    return named if source.source and named else unnamed or named


def number_attempts(sources: Sequence[SourceStatus]) -> list[tuple[SourceStatus, int]]:
    """Each entry of an answer with its attempt, oldest first: a type stands again after a retry."""
    seen: dict[tuple[str, str | None], int] = {}
    numbered = []
    for source in sorted(sources, key=lambda entry: entry.started_at or _LONG_AGO):
        key = (source.type, source.source)
        seen[key] = seen.get(key, 0) + 1
        numbered.append((source, seen[key]))
    return numbered


def add_row(
    session: Session,
    query_id: str,
    rows: list[QuerySource],
    kind: str,
    provider: str | None = None,
    attempt: int | None = None,
) -> QuerySource:
    """A new row of the type `kind`, the provider's next attempt unless `attempt` says which."""
    known = [row.attempt for row in rows if (row.type, row.specific_source) == (kind, provider)]
    row = QuerySource(
        query_id=query_id,
        type=kind,
        specific_source=provider,
        attempt=attempt or 1 + max(known, default=0),
        status=PROCESSING,
    )
    rows.append(row)
    session.add(row)
    return row
