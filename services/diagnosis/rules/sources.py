"""The rules about sources that a query could not ask."""

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.query import about, again
from services.diagnosis.verdict import Action, Case, Severity, SourceFacts, Verdict, verdict
from services.queries.status import NOT_STARTED

_LIMITED = 429


def _unasked(case: Case) -> list[SourceFacts]:
    query = case.query
    return [one for one in query.sources if one.status == NOT_STARTED] if query else []


def _says(source: SourceFacts, words: str) -> bool:
    return words in (source.error_message or "").lower()


@rule(Stage.SOURCES_NOT_ASKED)
def opted_out(case: Case) -> Verdict | None:
    """The person does not take part in HIE exchange, and that is why something is missing."""
    refused = [one for one in _unasked(case) if _says(one, "opted out")]
    query = case.query
    known = case.records.get(query.id) if query else None
    nothing = query is None or (known is not None and known.resources == 0)
    if not refused and not (case.opted_out and nothing):
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
    return _refused(
        case,
        [one for one in _unasked(case) if one.error_status == _LIMITED],
        "source_rate_limited",
        "{} was not asked, because the account’s rate limit for it was reached.",
        "Wait a minute, then query that source again.",
        again(case, case.query) if case.query else None,
    )


@rule(Stage.SOURCES_NOT_ASKED)
def source_not_enabled(case: Case) -> Verdict | None:
    """A source is not part of the account."""
    return _refused(
        case,
        [one for one in _unasked(case) if _says(one, "not enabled")],
        "source_not_enabled",
        "{} is not enabled for this account, so it was not asked.",
        "Leave it out, or have Metriport enable it for the account.",
        Action.OPEN_QUERY,
    )


@rule(Stage.SOURCES_NOT_ASKED)
def source_not_started(case: Case) -> Verdict | None:
    """A source was not asked, for a reason that only upstream's words tell."""
    return _refused(
        case,
        [one for one in _unasked(case) if one.error_status or one.error_message],
        "source_not_started",
        "{} could not be asked.",
        "Read what Metriport says about it, correct that, and query the source again.",
        again(case, case.query) if case.query else None,
    )


def _refused(
    case: Case,
    refused: list[SourceFacts],
    code: str,
    what: str,
    next_step: str,
    action: Action | None,
) -> Verdict | None:
    if case.query is None or not refused:
        return None
    named = ", ".join(one.type for one in refused)
    return verdict(
        code,
        Severity.TO_DO,
        what.format(named.capitalize()),
        next_step,
        action,
        evidence={
            "source_says": refused[0].error_message,
            "source_status": str(refused[0].error_status or ""),
            **about(case.query),
        },
    )
