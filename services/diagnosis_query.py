"""The rules about a person's newest query: whether it runs, and how it ended."""

from services.query_requests import IAS
from services.query_status import (
    FAILED,
    NOT_STARTED,
    PARTIAL,
    PROCESSING,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
    UNCONFIRMED_FOR,
)
from services.verdict import Action, Case, QueryFacts, Severity, SourceFacts, Verdict, verdict

_OPTED_OUT = "opted out"


def about(query: QueryFacts) -> dict[str, object]:
    """What is known of a query, as evidence."""
    status = f"HTTP {query.error_status}" if query.error_status else None
    told = " · ".join(part for part in (status, query.error_detail) if part)
    return {
        "query": query.id,
        "submitted": query.submitted_at,
        "finished": query.finished_at,
        "metriport_says": told or None,
    }


def _of(query: QueryFacts, *statuses: str) -> list[SourceFacts]:
    return [source for source in query.sources if source.status in statuses]


def _names(sources: list[SourceFacts]) -> str:
    return ", ".join(source.type for source in sources)


def again(query: QueryFacts) -> Action:
    """A query that ended used its AAL2 session up."""
    return Action.SEND_CHALLENGE if query.purpose == IAS else Action.START_TREATMENT


def query_unconfirmed(case: Case) -> Verdict | None:
    """Nobody knows whether it started."""
    query = case.query
    if query is None or query.status != UNCONFIRMED:
        return None
    return verdict(
        "query_unconfirmed",
        Severity.WAITING,
        "Metriport gave no usable answer to the start, so the query may or may not be running.",
        "Wait for its webhook before starting another: a second one could be a duplicate.",
        Action.OPEN_QUERY,
        query.submitted_at + UNCONFIRMED_FOR,
        **about(query),  # type: ignore[arg-type]
    )


def query_slow(case: Case) -> Verdict | None:
    """A source takes longer than it does nineteen times out of twenty."""
    query = case.query
    if query is None or query.status != PROCESSING:
        return None
    for source in _of(query, PROCESSING):
        usual, began = case.usual.get(source.type), source.started_at or query.submitted_at
        if usual and case.now - began > usual:
            return verdict(
                "query_slow",
                Severity.WAITING,
                f"The query runs, but {source.type} takes longer than it usually does.",
                "Nothing is lost: the page follows by itself. If it stays for hours, tell "
                "Metriport the request.",
                Action.OPEN_QUERY,
                None,
                usually_within=f"{usual.total_seconds():.0f} s",
                source_started=began,
                **about(query),  # type: ignore[arg-type]
            )
    return None


def query_processing(case: Case) -> Verdict | None:
    """It runs, as it should."""
    query = case.query
    if query is None or query.status not in (PROCESSING, SUBMITTING):
        return None
    asked = [case.usual[one.type] for one in _of(query, PROCESSING) if one.type in case.usual]
    return verdict(
        "query_processing",
        Severity.WAITING,
        "A query is running for the person.",
        "Wait: the page follows by itself.",
        Action.OPEN_QUERY,
        query.submitted_at + max(asked) if asked else None,
        **about(query),  # type: ignore[arg-type]
    )


def query_rate_limited(case: Case) -> Verdict | None:
    """The account asked too often."""
    query = case.query
    if query is None or query.status != REJECTED or query.error_kind != "rate_limited":
        return None
    ias = query.purpose == IAS
    return verdict(
        "query_rate_limited",
        Severity.TO_DO,
        "Metriport turned the query away, because the account’s rate limit was reached.",
        "Wait a minute, then start it again" + (": the AAL2 session is unspent." if ias else "."),
        Action.START_IAS if ias else Action.START_TREATMENT,
        None,
        **about(query),  # type: ignore[arg-type]
    )


def ias_refused(case: Case) -> Verdict | None:
    """Upstream did not accept the AAL2 session or the identity of an IAS query."""
    query = case.query
    if query is None or query.status != REJECTED or query.purpose != IAS:
        return None
    return verdict(
        "ias_refused",
        Severity.TO_DO,
        "Metriport did not accept the AAL2 session, so the IAS query did not run.",
        "Send a new challenge, then start the query again.",
        Action.SEND_CHALLENGE,
        None,
        **about(query),  # type: ignore[arg-type]
    )


def query_rejected(case: Case) -> Verdict | None:
    """Upstream said no to a treatment query."""
    query = case.query
    if query is None or query.status != REJECTED:
        return None
    return verdict(
        "query_rejected",
        Severity.TO_DO,
        "Metriport refused the query, so nothing ran.",
        "Read its reason, correct what it names, and start the query again.",
        Action.OPEN_QUERY,
        None,
        **about(query),  # type: ignore[arg-type]
    )


def query_not_started(case: Case) -> Verdict | None:
    """It never ran."""
    query = case.query
    if query is None or query.status != NOT_STARTED:
        return None
    return verdict(
        "query_not_started",
        Severity.TO_DO,
        "The query was never started: Metriport was out of reach, or has never heard of it.",
        "It is safe to start another.",
        again(query),
        None,
        **about(query),  # type: ignore[arg-type]
    )


def opted_out(case: Case) -> Verdict | None:
    """The person does not take part in HIE exchange."""
    refused = [
        one
        for one in (case.query.sources if case.query else ())
        if _OPTED_OUT in (one.error_message or "").lower()
    ]
    if not case.opted_out and not refused:
        return None
    return verdict(
        "opted_out",
        Severity.TO_DO,
        "The person has opted out of HIE exchange, so HIE sources are not asked.",
        "Ask whether they still want that. Pharmacy and laboratory can be asked all the same.",
        Action.START_TREATMENT,
        None,
        metriport_says=refused[0].error_message if refused else None,
    )


def source_rate_limited(case: Case) -> Verdict | None:
    """A source was not asked, because the account asked it too often."""
    return _source_refused(
        case,
        429,
        "source_rate_limited",
        "{} was not asked, because the account’s rate limit for it was reached.",
        "Wait a minute, then query that source again.",
    )


def source_not_enabled(case: Case) -> Verdict | None:
    """A source is not part of the account."""
    return _source_refused(
        case,
        400,
        "source_not_enabled",
        "{} is not enabled for this account, so it was not asked.",
        "Leave it out, or have Metriport enable it for the account.",
    )


def _source_refused(
    case: Case, status: int, code: str, what: str, next_step: str
) -> Verdict | None:
    query = case.query
    refused = [one for one in (query.sources if query else ()) if one.error_status == status]
    if query is None or not refused:
        return None
    return verdict(
        code,
        Severity.TO_DO,
        what.format(_names(refused).capitalize()),
        next_step,
        Action.OPEN_QUERY,
        None,
        source_says=refused[0].error_message,
        **about(query),  # type: ignore[arg-type]
    )


def query_partial(case: Case) -> Verdict | None:
    """Some sources answered, others failed."""
    query = case.query
    if query is None or query.status != PARTIAL:
        return None
    failed = _of(query, FAILED)
    return verdict(
        "query_partial",
        Severity.TO_DO,
        f"Some sources answered, but {_names(failed) or 'others'} failed.",
        "Fetch the records that came, and query the failed source again later.",
        Action.FETCH_RECORDS if case.records is None else again(query),
        None,
        failed_sources=_names(failed),
        **about(query),  # type: ignore[arg-type]
    )


def aal2_used(case: Case) -> Verdict | None:
    """An IAS query failed, and the session that it used is gone."""
    query = case.query
    if query is None or query.status != FAILED or query.purpose != IAS:
        return None
    return verdict(
        "aal2_used",
        Severity.TO_DO,
        "The IAS query failed at every source, and it used up the AAL2 session.",
        "Send a new challenge, then start the query again.",
        Action.SEND_CHALLENGE,
        None,
        failed_sources=_names(_of(query, FAILED)),
        **about(query),  # type: ignore[arg-type]
    )


def query_failed(case: Case) -> Verdict | None:
    """No source could answer."""
    query = case.query
    if query is None or query.status != FAILED:
        return None
    return verdict(
        "query_failed",
        Severity.TO_DO,
        "No source could answer the query.",
        "See each source’s reason, then start it again; if it stays, tell Metriport the request.",
        Action.START_TREATMENT,
        None,
        failed_sources=_names(_of(query, FAILED)),
        **about(query),  # type: ignore[arg-type]
    )
