"""The rules about what a person's newest query found."""

from services.diagnosis_query import about, again
from services.query_status import COMPLETED
from services.verdict import Action, Case, Severity, Verdict, verdict


def no_records(case: Case) -> Verdict | None:
    """It all worked, and there is nothing."""
    query = case.query
    if query is None or query.status != COMPLETED or case.records != 0:
        return None
    return verdict(
        "no_records",
        Severity.TO_DO,
        "The query completed, and Metriport holds no records for the person.",
        "Check name, birthday and address with them: sources match people by these. Then query "
        "with more sources.",
        again(query),
        None,
        **about(query),  # type: ignore[arg-type]
    )


def records_uncounted(case: Case) -> Verdict | None:
    """It all worked, and nobody has looked at what came."""
    query = case.query
    if query is None or query.status != COMPLETED or case.records is not None:
        return None
    return verdict(
        "records_uncounted",
        Severity.OK,
        "The newest query completed; what it brought has not been fetched yet.",
        "Fetch the records.",
        Action.FETCH_RECORDS,
        None,
        **about(query),  # type: ignore[arg-type]
    )


def all_well(case: Case) -> Verdict | None:
    """The records are there."""
    query = case.query
    if query is None or query.status != COMPLETED:
        return None
    return verdict(
        "all_well",
        Severity.OK,
        "All is well: the newest query completed, and its records are there.",
        "Nothing to do.",
        None,
        None,
        resources=f"{case.records:,}" if case.records is not None else None,
        **about(query),  # type: ignore[arg-type]
    )
