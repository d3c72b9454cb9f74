"""The rules about how the query ended that a case is about."""

from textwrap import shorten

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.identity import state_of
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
from services.queries.status import (
    COMPLETED,
    FAILED,
    NOT_STARTED,
    PARTIAL,
    REJECTED,
)

NO_REASON = "Metriport gave no reason"
_LONGEST_REASONS = 200

_REFUSALS = ("refused", "conflict")
"""Error kinds by which upstream turns an AAL2 session or an identity away."""


def about(query: QueryFacts) -> Evidence:
    """What is known of a query, as evidence."""
    status = f"HTTP {query.error_status}" if query.error_status else None
    answer = " · ".join(part for part in (status, query.error_detail) if part)
    return {
        "query": query.id,
        "submitted": query.submitted_at,
        "finished": query.finished_at,
        "metriport_says": answer or None,
    }


def names(query: QueryFacts, status: str) -> str:
    """The sources in `status` separated by commas, each with its provider where it is known."""
    return ", ".join(source.name for source in query.sources if source.status == status)


def reasons(query: QueryFacts, status: str = FAILED) -> str:
    """Each source in `status` with upstream's words about it, or that it gave none."""
    failed = [source for source in query.sources if source.status == status]
    # That it gives none is common: only the answer to a start has a place for reasons.
    words = [f"{source.name}: {source.error_message or NO_REASON}" for source in failed]
    return "; ".join(words) or NO_REASON


def in_short(query: QueryFacts, status: str = FAILED) -> str:
    """The same as a sentence that is short enough for a heading."""
    return shorten(reasons(query, status).rstrip("."), _LONGEST_REASONS, placeholder=" …") + "."


def _failures(query: QueryFacts) -> Evidence:
    return {
        "failed_sources": names(query, FAILED),
        "sources_say": reasons(query),
        **about(query),
    }


def again(case: Case, query: QueryFacts) -> Action:
    """The button that repeats `query`, or does the first step towards repeating it.

    An IAS query that ended has used its AAL2 session up, so the next one needs a new challenge, and
    a challenge needs an identity that is verified.
    """
    if query.purpose != IAS:
        return Action.START_TREATMENT
    verified = state_of(case) is IdentityState.VERIFIED
    return Action.SEND_CHALLENGE if verified else Action.SEND_VERIFICATION


@rule(Stage.QUERY_NOT_RUN)
def query_rate_limited(case: Case) -> Verdict | None:
    """The account asked too often. An AAL2 session that is still good comes before this rule."""
    query = case.query_in(REJECTED)
    if query is None or query.error_kind != "rate_limited":
        return None
    return verdict(
        "query_rate_limited",
        Severity.TO_DO,
        "Metriport turned the query away, because the account’s rate limit was reached.",
        "Wait a minute, then start it again." + _after_challenge(query),
        again(case, query),
        evidence=about(query),
    )


@rule(Stage.QUERY_NOT_RUN)
def query_key_refused(case: Case) -> Verdict | None:
    """The API key was refused when it was started."""
    query = case.query_in(REJECTED)
    if query is None or query.error_kind != "key_refused":
        return None
    return verdict(
        "query_key_refused",
        Severity.TO_DO,
        "Metriport refused our API key when the query was started, so nothing ran.",
        "Once an administrator has set the key right, start it again." + _after_challenge(query),
        again(case, query),
        evidence=about(query),
    )


def _after_challenge(query: QueryFacts) -> str:
    return " Its AAL2 session is over: send a challenge first." if query.purpose == IAS else ""


@rule(Stage.QUERY_NOT_RUN)
def ias_refused(case: Case) -> Verdict | None:
    """Upstream did not accept the AAL2 session of an IAS query."""
    query = case.query_in(REJECTED)
    if query is None or query.purpose != IAS or query.error_kind not in _REFUSALS:
        return None
    return verdict(
        "ias_refused",
        Severity.TO_DO,
        "Metriport did not accept the AAL2 session, so the IAS query did not run.",
        "Send a challenge, then start the IAS query again.",
        again(case, query),
        evidence=about(query),
    )


@rule(Stage.QUERY_NOT_RUN)
def query_rejected(case: Case) -> Verdict | None:
    """Upstream found the request wrong."""
    query = case.query_in(REJECTED)
    if query is None:
        return None
    spent = " The AAL2 session is spent: the next try needs another challenge."
    return verdict(
        "query_rejected",
        Severity.TO_DO,
        "Metriport refused the query, so nothing ran.",
        "Read its reason, correct what it names, and start the query again."
        + (spent if query.purpose == IAS else ""),
        Action.OPEN_QUERY,
        evidence=about(query),
    )


@rule(Stage.QUERY_NOT_RUN)
def query_not_started(case: Case) -> Verdict | None:
    """It never ran."""
    query = case.query_in(NOT_STARTED)
    if query is None:
        return None
    return verdict(
        "query_not_started",
        Severity.TO_DO,
        "The query was never started: Metriport was out of reach, or has never heard of it.",
        "It is safe to start another.",
        again(case, query),
        evidence=about(query),
    )


@rule(Stage.QUERY_NOT_RUN)
def query_forgotten(case: Case) -> Verdict | None:
    """Upstream does not know a query that it has started."""
    query = case.query_in(FAILED)
    if query is None or query.error_kind != "not_found":
        return None
    return verdict(
        "query_forgotten",
        Severity.TO_DO,
        "Metriport does not know this query any more, so nobody can say how it ended.",
        "Start it again. If it happens twice, tell Metriport the request.",
        again(case, query),
        evidence=about(query),
    )


@rule(Stage.QUERY_FAILED)
def hidden_failure(case: Case) -> Verdict | None:
    """Upstream says that a part failed, and every source that it names completed.

    It sums providers up to their type, and calls a type completed of which one provider failed.
    """
    query = case.query_in(PARTIAL)
    if query is None or not query.sources or names(query, FAILED):
        return None
    return verdict(
        "hidden_failure",
        Severity.TO_DO,
        "Metriport says that a part of the query failed, but not which: every source it names "
        "completed.",
        "Fetch the records that came. If something is missing, query again, and tell Metriport "
        "the request.",
        Action.FETCH_RECORDS,
        evidence={"completed_sources": names(query, COMPLETED), **about(query)},
    )


@rule(Stage.QUERY_FAILED)
def query_partial(case: Case) -> Verdict | None:
    """Some sources answered, others failed."""
    query = case.query_in(PARTIAL)
    if query is None:
        return None
    known = case.records.get(query.id)
    return verdict(
        "query_partial",
        Severity.TO_DO,
        f"Some sources answered, others failed. {in_short(query)}",
        "Fetch the records that came, and query the failed source again later.",
        again(case, query) if known and known.resources is not None else Action.FETCH_RECORDS,
        evidence=_failures(query),
    )


@rule(Stage.QUERY_FAILED)
def ias_failed(case: Case) -> Verdict | None:
    """An IAS query failed, and the session that it used is gone."""
    query = case.query_in(FAILED)
    if query is None or query.purpose != IAS or state_of(case) is not IdentityState.VERIFIED:
        return None
    return verdict(
        "ias_failed",
        Severity.TO_DO,
        f"The IAS query failed at every source, and it used up the AAL2 session. {in_short(query)}",
        "Send a challenge, then start the IAS query again.",
        Action.SEND_CHALLENGE,
        evidence=_failures(query),
    )


@rule(Stage.QUERY_FAILED)
def query_failed(case: Case) -> Verdict | None:
    """No source could answer."""
    query = case.query_in(FAILED)
    if query is None:
        return None
    return verdict(
        "query_failed",
        Severity.TO_DO,
        f"No source could answer the query. {in_short(query)}",
        "Start it again; if it stays, tell Metriport the request.",
        again(case, query),
        evidence=_failures(query),
    )


@rule(Stage.UNKNOWN_STATUS)
def unknown_status(case: Case) -> Verdict | None:
    """Upstream has used a word that is new here."""
    query = case.query
    if query is None:
        return None
    return verdict(
        "unknown_status",
        Severity.TO_DO,
        f"Metriport reports a status that is new here: “{query.status}”.",
        "Open the query for what else it says, and ask Metriport what the word means.",
        Action.OPEN_QUERY,
        evidence=about(query),
    )
