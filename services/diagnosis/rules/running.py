"""The rules about a query that has not ended: whether it started, whether it runs as it should."""

from datetime import datetime, timedelta

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.query import about
from services.diagnosis.verdict import (
    Action,
    Case,
    QueryFacts,
    Severity,
    SourceFacts,
    Verdict,
    verdict,
)
from services.metriport.timing import LOST_AFTER
from services.queries.requests import IAS
from services.queries.status import (
    NOT_STARTED,
    PROCESSING,
    SOURCE_FINAL,
    SUBMITTING,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)

_PACE = {
    "hie": timedelta(minutes=15),
    "pharmacy": timedelta(minutes=2),
    "lab": timedelta(minutes=5),
}
"""How long sources take at most, as long as the log cannot tell."""

_NOT_RUNNING = SOURCE_FINAL | {NOT_STARTED}
"""Whatever else a source's status is, it has not ended."""

_ANY_PACE = timedelta(minutes=15)


@rule(Stage.UNCONFIRMED_ACCESS)
def ias_unconfirmed(case: Case) -> Verdict | None:
    """Nobody knows whether the IAS query started; its AAL2 session counts as used."""
    query = case.query_in(UNCONFIRMED)
    if query is None or query.purpose != IAS:
        return None
    return verdict(
        "ias_unconfirmed",
        Severity.WAITING,
        "Metriport gave no usable answer to the IAS query’s start, so it may or may not be "
        "running. Its AAL2 session counts as used.",
        "Wait for its webhook before starting another: a second one could be a duplicate.",
        Action.OPEN_QUERY,
        query.submitted_at + UNCONFIRMED_FOR,
        evidence=about(query),
    )


@rule(Stage.QUERY_RUNNING)
def query_unconfirmed(case: Case) -> Verdict | None:
    """Nobody knows whether it started."""
    query = case.query_in(UNCONFIRMED)
    if query is None:
        return None
    return verdict(
        "query_unconfirmed",
        Severity.WAITING,
        "Metriport gave no usable answer to the start, so the query may or may not be running.",
        "Wait for its webhook before starting another: a second one could be a duplicate.",
        Action.OPEN_QUERY,
        query.submitted_at + UNCONFIRMED_FOR,
        evidence=about(query),
    )


def _usual(case: Case, kind: str) -> timedelta:
    return case.usual.get(kind, _PACE.get(kind, _ANY_PACE))


def _due(case: Case, query: QueryFacts) -> dict[str, datetime]:
    """By when each running source usually has answered."""
    running = [one for one in query.sources if one.status not in _NOT_RUNNING]
    return {one.type: _began(case, query, one) + _usual(case, one.type) for one in running}


def _began(case: Case, query: QueryFacts, source: SourceFacts) -> datetime:
    """A start that upstream's clock puts into the future, or before the query, is not believed."""
    told = source.started_at or query.submitted_at
    return told if query.submitted_at <= told <= case.now else query.submitted_at


@rule(Stage.QUERY_RUNNING)
def query_slow(case: Case) -> Verdict | None:
    """A source takes longer than it does nineteen times out of twenty."""
    query = case.query_in(PROCESSING)
    due = _due(case, query) if query else {}
    late = sorted(kind for kind, moment in due.items() if case.now > moment)
    if query is None or not late:
        return None
    usual = _usual(case, late[0])
    return verdict(
        "query_slow",
        Severity.WAITING,
        f"The query runs, but {late[0]} takes longer than it usually does.",
        "Nothing is lost: Metriport is asked again, and the page follows by itself. If it stays "
        "for hours, tell Metriport the request.",
        Action.OPEN_QUERY,
        query.next_check_at or case.now + LOST_AFTER,
        evidence={"usually_within": f"{usual.total_seconds():.0f} s", **about(query)},
    )


@rule(Stage.QUERY_RUNNING)
def query_processing(case: Case) -> Verdict | None:
    """It runs, as it should."""
    query = case.query_in(PROCESSING, SUBMITTING)
    if query is None:
        return None
    asked_again = query.next_check_at or case.now + LOST_AFTER
    due = max(_due(case, query).values(), default=asked_again)
    return verdict(
        "query_processing",
        Severity.WAITING,
        "A query is running for the person.",
        "Wait: the page follows by itself.",
        Action.OPEN_QUERY,
        due,
        evidence=about(query),
    )
