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
from services.queries.conditions.source_names import source_name
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
"""How long a source usually takes at most, until the log holds enough attempts to measure it."""

_PACE_OF_OTHERS = timedelta(minutes=15)
"""The same for a source type that is not in the table: upstream may add one."""

_NOT_RUNNING = SOURCE_FINAL | {NOT_STARTED}
"""A source with any other status, also one that is unknown here, counts as running."""


@rule(Stage.UNCONFIRMED_ACCESS)
def ias_unconfirmed(case: Case) -> Verdict | None:
    """The start of an IAS query got no usable answer; its AAL2 session counts as used.

    Tried before every other rule of individual access: a second start could be a duplicate.
    """
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
    """The start got no usable answer, so it is not known whether the query runs."""
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


def _usual_pace(case: Case, source_type: str) -> timedelta:
    return case.usual.get(source_type, _PACE.get(source_type, _PACE_OF_OTHERS))


def _estimate_ends(case: Case, query: QueryFacts) -> dict[str, datetime]:
    """By source type, the time at which each running source has usually ended."""
    running = [source for source in query.sources if source.status not in _NOT_RUNNING]
    return {
        source.type: _estimate_start(case, query, source) + _usual_pace(case, source.type)
        for source in running
    }


def _estimate_start(case: Case, query: QueryFacts, source: SourceFacts) -> datetime:
    """When a source began: upstream's time, or the query's where that cannot be true.

    Upstream's clock may differ from ours, and put a start into the future or before the query.
    """
    started_at = source.started_at or query.submitted_at
    return started_at if query.submitted_at <= started_at <= case.now else query.submitted_at


@rule(Stage.QUERY_RUNNING)
def query_slow(case: Case) -> Verdict | None:
    """A source takes longer than 95 of 100 attempts of its type did."""
    query = case.query_in(PROCESSING)
    ends = _estimate_ends(case, query) if query else {}
    late = sorted(source_type for source_type, end in ends.items() if case.now > end)
    if query is None or not late:
        return None
    usual = _usual_pace(case, late[0])
    return verdict(
        "query_slow",
        Severity.WAITING,
        f"The query runs, but {source_name(late[0])} takes longer than it usually does.",
        "Nothing is lost: Metriport is asked again, and the page follows by itself. If it stays "
        "for hours, tell Metriport the request.",
        Action.OPEN_QUERY,
        query.next_check_at or case.now + LOST_AFTER,
        evidence={"usually_within": f"{usual.total_seconds():.0f} s", **about(query)},
    )


@rule(Stage.QUERY_RUNNING)
def query_processing(case: Case) -> Verdict | None:
    """The query runs, and no source takes longer than usual."""
    query = case.query_in(PROCESSING, SUBMITTING)
    if query is None:
        return None
    next_check = query.next_check_at or case.now + LOST_AFTER
    until = max(_estimate_ends(case, query).values(), default=next_check)
    return verdict(
        "query_processing",
        Severity.WAITING,
        "A query is running for the person.",
        "Wait: the page follows by itself.",
        Action.OPEN_QUERY,
        until,
        evidence=about(query),
    )
