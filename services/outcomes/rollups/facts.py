"""What one query is counted by, as plain facts. Pure.

They are made of what `services.store.counted` answers, now or kept beside an earlier change.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.queries.filters import MIXED, OF_QUERY
from services.queries.status import COMPLETED, PARTIAL
from services.store.error_texts import normalised


class Attempt(NamedTuple):
    """An attempt of a source, in the order of `counted.SOURCE_COLUMNS`."""

    type: str
    attempt: int
    specific_source: str | None
    status: str
    started_at: str | None
    completed_at: str | None
    error_status: int | None
    error_message: str | None


@dataclass(frozen=True)
class QueryFacts:
    """A query as the rollups count it.

    `at` is its submission (UTC), and `outcome` its status, or `HIDDEN_FAILURE`. `results` are pairs
    of a type of source and what its latest attempts came to, or `MIXED`; `seconds` pairs of a type
    and how long an attempt took that completed; `errors` are where (a type, or `OF_QUERY`), the
    normalised text and the HTTP status, each of them once.
    """

    at: datetime
    purpose: str
    origin: str
    facility_id: str | None
    outcome: str
    test: bool
    results: tuple[tuple[str, str], ...]
    seconds: tuple[tuple[str, float], ...]
    errors: tuple[tuple[str, str, int | None], ...]


def facts_of(counted: Mapping[str, Any]) -> QueryFacts:
    """The facts of a query; raises `ValueError` or `TypeError` where `counted` is no such thing."""
    at, purpose, origin, facility_id, status, title, error_status = counted["query"]
    attempts = [Attempt(*values) for values in counted["sources"]]
    latest = latest_of(attempts)
    return QueryFacts(
        at=datetime.fromisoformat(at),
        purpose=purpose,
        origin=origin,
        facility_id=facility_id,
        outcome=outcome_of(status, [attempt.status for attempt in latest]),
        test=bool(counted["test"]),
        results=tuple(_results(latest)),
        seconds=tuple(_seconds(attempts)),
        errors=tuple(_errors(title, error_status, attempts)),
    )


def outcome_of(status: str, latest: Iterable[str]) -> str:
    """The outcome of a query with this status, and these statuses of its latest attempts."""
    if status == PARTIAL and set(latest) == {COMPLETED}:
        return HIDDEN_FAILURE
    return status


def latest_of(attempts: list[Attempt]) -> list[Attempt]:
    """The attempts that no newer one of their provider or whole type replaces.

    These are `sources.latest_attempts`, which cannot take them: they are no rows.
    """
    if all(attempt.attempt == 1 for attempt in attempts):
        return attempts
    return [
        attempt for attempt in attempts if not any(_replaces(other, attempt) for other in attempts)
    ]


def _replaces(newer: Attempt, older: Attempt) -> bool:
    is_of_same = newer.specific_source in (None, older.specific_source)
    return newer.type == older.type and is_of_same and newer.attempt > older.attempt


def _results(latest: Iterable[Attempt]) -> Iterable[tuple[str, str]]:
    statuses: defaultdict[str, set[str]] = defaultdict(set)
    for attempt in latest:
        statuses[attempt.type].add(attempt.status)
    for kind, found in statuses.items():
        yield kind, found.pop() if len(found) == 1 else MIXED


def _seconds(attempts: Iterable[Attempt]) -> Iterable[tuple[str, float]]:
    for attempt in attempts:
        if attempt.status == COMPLETED and attempt.started_at and attempt.completed_at:
            took = datetime.fromisoformat(attempt.completed_at) - datetime.fromisoformat(
                attempt.started_at
            )
            # Both are upstream's words: an end before its start says nothing about a duration.
            if took.total_seconds() >= 0:
                yield attempt.type, took.total_seconds()


def _errors(
    title: str | None, status: int | None, attempts: Iterable[Attempt]
) -> Iterable[tuple[str, str, int | None]]:
    found: dict[tuple[str, str, int | None], None] = {}
    if error := normalised(title):
        found[OF_QUERY, error, status] = None
    for attempt in attempts:
        if error := normalised(attempt.error_message):
            found[attempt.type, error, attempt.error_status] = None
    return found
