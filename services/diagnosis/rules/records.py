"""The rules about what a completed query found."""

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.identity import state_of
from services.diagnosis.rules.query import about, again
from services.diagnosis.verdict import (
    Action,
    Case,
    Evidence,
    QueryFacts,
    Severity,
    Verdict,
    verdict,
)
from services.identity.access_state import IdentityState
from services.queries.requests import IAS
from services.queries.status import COMPLETED, PROCESSING, SUBMITTING

_ON_THE_WAY = (SUBMITTING, PROCESSING, COMPLETED)
"""`completed` is among them: the reconciler counts a completed request next."""


@rule(Stage.RECORDS)
def records_fetching(case: Case) -> Verdict | None:
    """Somebody asked for the records, and they are being gathered."""
    query = case.query_in(COMPLETED)
    known = case.records.get(query.id) if query else None
    if query is None or known is None or known.resources is not None:
        return None
    if known.status not in _ON_THE_WAY:
        return None
    return verdict(
        "records_fetching",
        Severity.WAITING,
        "The query completed, and its records are being fetched.",
        "Wait: the page follows by itself.",
        until=known.next_check_at or case.now,
        evidence={"fetch_asked": known.asked_at, **about(query)},
    )


@rule(Stage.RECORDS)
def records_failed(case: Case) -> Verdict | None:
    """The records were asked for, and did not come."""
    query = case.query_in(COMPLETED)
    known = case.records.get(query.id) if query else None
    if query is None or known is None or known.resources is not None:
        return None
    return verdict(
        "records_failed",
        Severity.TO_DO,
        "The query completed, but fetching its records did not succeed.",
        "Fetch them again: nothing is lost, Metriport still holds them.",
        Action.FETCH_RECORDS,
        evidence={
            "fetch_asked": known.asked_at,
            "fetch_status": known.status,
            "metriport_said": known.error_detail,
            **about(query),
        },
    )


@rule(Stage.RECORDS)
def no_records(case: Case) -> Verdict | None:
    """The query completed and its records were counted: there are none."""
    query = case.query_in(COMPLETED)
    if query is None or query.id not in case.records or case.records[query.id].resources:
        return None
    return verdict(
        "no_records",
        Severity.TO_DO,
        "The query completed, and Metriport holds no records for the person.",
        "Check name, birthday and address with them: sources match people by these. Then query "
        "with more sources.",
        again(case, query),
        evidence=about(query),
    )


@rule(Stage.RECORDS)
def records_uncounted(case: Case) -> Verdict | None:
    """The query completed, and nobody has fetched its records yet."""
    query = case.query_in(COMPLETED)
    if query is None or query.id in case.records:
        return None
    return verdict(
        "records_uncounted",
        Severity.OK,
        "The newest query completed; what it brought has not been fetched yet.",
        "Fetch the records.",
        Action.FETCH_RECORDS,
        evidence=about(query),
    )


@rule(Stage.RECORDS)
def treatment_done(case: Case) -> Verdict | None:
    """A clinician has the records; the person could not retrieve them, for want of an identity."""
    query = case.query_in(COMPLETED)
    if query is None or query.purpose == IAS or state_of(case) is IdentityState.VERIFIED:
        return None
    return verdict(
        "treatment_done",
        Severity.OK,
        "The treatment query completed, and its records are there for the clinician. The person "
        "cannot retrieve them on their own: their identity is not verified.",
        "If they want individual access, send a verification link; a challenge and an IAS query "
        "follow.",
        Action.SEND_VERIFICATION,
        evidence=_describe_count(case, query),
    )


@rule(Stage.RECORDS)
def all_well(case: Case) -> Verdict | None:
    """The query completed, and its records were counted."""
    query = case.query_in(COMPLETED)
    if query is None:
        return None
    return verdict(
        "all_well",
        Severity.OK,
        "All is well: the newest query completed, and its records are there.",
        "Nothing to do.",
        evidence=_describe_count(case, query),
    )


def _describe_count(case: Case, query: QueryFacts) -> Evidence:
    return {"resources": f"{case.records[query.id].resources:,}", **about(query)}
