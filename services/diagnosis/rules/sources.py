"""The rules about sources that a query could not ask."""

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.query import about, again, in_short
from services.diagnosis.verdict import Action, Case, Severity, SourceFacts, Verdict, verdict
from services.queries.status import NOT_STARTED

_TOO_MANY_REQUESTS = 429


def _list_unasked(case: Case) -> list[SourceFacts]:
    if case.query is None:
        return []
    return [source for source in case.query.sources if source.status == NOT_STARTED]


def _says(source: SourceFacts, words: str) -> bool:
    # Upstream gives the reason as a sentence only; its HTTP status is the same for several reasons.
    return words in (source.error_message or "").lower()


@rule(Stage.SOURCES_NOT_ASKED)
def opted_out(case: Case) -> Verdict | None:
    """The person does not take part in HIE exchange, and that is why something is missing."""
    refused = [source for source in _list_unasked(case) if _says(source, "opted out")]
    query = case.query
    records = case.records.get(query.id) if query else None
    is_empty = query is None or (records is not None and records.resources == 0)
    if not refused and not (case.opted_out and is_empty):
        return None
    what = "The person has opted out of HIE exchange, so HIE sources are not asked."
    next_step = (
        "Ask whether they still want that. Pharmacy and laboratory can be asked all the same."
    )
    if not case.opted_out:
        what = "HIE sources were not asked, because the person had opted out of HIE exchange then."
        next_step = "They take part again: start another query."
    return verdict(
        "opted_out",
        Severity.TO_DO,
        what,
        next_step,
        again(case, query) if query else Action.START_TREATMENT,
        evidence={
            "metriport_says": refused[0].error_message if refused else None,
            "query": query.id if query else None,
        },
    )


@rule(Stage.SOURCES_NOT_ASKED)
def source_rate_limited(case: Case) -> Verdict | None:
    """A source was not asked, because the account asked it too often."""
    return _explain_unasked(
        case,
        [source for source in _list_unasked(case) if source.error_status == _TOO_MANY_REQUESTS],
        "source_rate_limited",
        "{} was not asked, because the account’s rate limit for it was reached.",
        "Wait a minute, then query that source again.",
        again(case, case.query) if case.query else None,
    )


@rule(Stage.SOURCES_NOT_ASKED)
def source_not_enabled(case: Case) -> Verdict | None:
    """A source is not part of the account."""
    return _explain_unasked(
        case,
        [source for source in _list_unasked(case) if _says(source, "not enabled")],
        "source_not_enabled",
        "{} is not enabled for this account, so it was not asked.",
        "Leave it out, or have Metriport enable it for the account.",
        Action.OPEN_QUERY,
    )


@rule(Stage.SOURCES_NOT_ASKED)
def source_not_started(case: Case) -> Verdict | None:
    """A source was not asked, and upstream gave a reason that is unknown here."""
    return _explain_unasked(
        case,
        [source for source in _list_unasked(case) if source.error_status or source.error_message],
        "source_not_started",
        "{} could not be asked.",
        "Correct what Metriport names, and query the source again.",
        again(case, case.query) if case.query else None,
        with_reason=True,
    )


def _explain_unasked(
    case: Case,
    refused: list[SourceFacts],
    code: str,
    what: str,
    next_step: str,
    action: Action | None,
    *,
    with_reason: bool = False,
) -> Verdict | None:
    """The verdict about the sources in `refused`; None where there are none.

    `what` is a sentence with a place for their names; `with_reason` adds upstream's words to it.
    The evidence is of the first one.
    """
    if case.query is None or not refused:
        return None
    names = ", ".join(source.name for source in refused)
    return verdict(
        code,
        Severity.TO_DO,
        what.format(names) + (f" {in_short(case.query, NOT_STARTED)}" if with_reason else ""),
        next_step,
        action,
        evidence={
            "source_says": refused[0].error_message,
            "source_status": str(refused[0].error_status or ""),
            **about(case.query),
        },
    )
