"""Why can this person not get their records, and what is next? Named rules, first match wins.

Pure: a case in, a verdict out. The order says what matters most: an upstream that does not answer
at all, then whatever is under way right now, then how the newest query ended, then what is missing
before one can be started.
"""

from collections.abc import Callable

from services import diagnosis_access as access
from services import diagnosis_query as query
from services import diagnosis_records as records
from services.verdict import Action, Case, Severity, Verdict, verdict

Rule = Callable[[Case], Verdict | None]


def key_refused(case: Case) -> Verdict | None:
    """Upstream turns every call away."""
    if case.health.key_refused_at is None:
        return None
    return verdict(
        "key_refused",
        Severity.TROUBLE,
        "Metriport refuses our API key, so nothing can be asked for anybody.",
        "An administrator must check METRIPORT_API_KEY.",
        None,
        None,
        last_refused=case.health.key_refused_at,
    )


def unreachable(case: Case) -> Verdict | None:
    """Upstream does not answer."""
    if case.health.unreachable_at is None:
        return None
    return verdict(
        "unreachable",
        Severity.TROUBLE,
        "Metriport does not answer at the moment.",
        "Wait a few minutes. If it stays, check the network and Metriport’s status page.",
        None,
        None,
        last_tried=case.health.unreachable_at,
    )


def no_such_patient(case: Case) -> Verdict | None:
    """Upstream does not know the person."""
    if case.exists:
        return None
    return verdict(
        "no_such_patient",
        Severity.TO_DO,
        "Metriport knows no such person.",
        "Search by name and birthday: the id may come from another environment, or the person "
        "was merged.",
        Action.SEARCH,
    )


def unknown_status(case: Case) -> Verdict | None:
    """Upstream has used a word that is new here."""
    if case.query is None:
        return None
    return verdict(
        "unknown_status",
        Severity.TO_DO,
        f"Metriport reports a status that is new here: “{case.query.status}”.",
        "Open the query for what else it says, and ask Metriport what the word means.",
        Action.OPEN_QUERY,
        None,
        query=case.query.id,
    )


def nothing_known(_case: Case) -> Verdict:
    """The last rule: nothing is under way and nothing is missing."""
    return verdict(
        "nothing_known",
        Severity.OK,
        "Nobody has asked for this person’s records yet, and nothing stands in the way.",
        "Start a query when they need one.",
        Action.START_TREATMENT,
    )


RULES: tuple[Rule, ...] = (
    key_refused,
    unreachable,
    no_such_patient,
    query.query_unconfirmed,
    query.query_slow,
    query.query_processing,
    access.identity_unopened,
    access.identity_opened,
    access.identity_returned,
    access.deliveries_failing,
    access.identity_overdue,
    access.aal2_unopened,
    access.aal2_opened,
    access.aal2_active,
    access.identity_inactive,
    access.aal2_declined,
    access.identity_link_expired,
    access.aal2_link_expired,
    query.query_rate_limited,
    query.ias_refused,
    query.query_rejected,
    query.query_not_started,
    query.opted_out,
    query.source_rate_limited,
    query.source_not_enabled,
    query.query_partial,
    query.aal2_used,
    query.query_failed,
    records.no_records,
    records.records_uncounted,
    records.all_well,
    unknown_status,
    access.aal2_expired,
    access.aal2_none,
    access.identity_none,
    nothing_known,
)


def diagnose(case: Case) -> Verdict:
    """The verdict of the first rule that matches."""
    return next(found for rule in RULES if (found := rule(case)) is not None)
