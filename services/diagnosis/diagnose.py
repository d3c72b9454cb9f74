"""Why can this person not get their records, and what is next? Named rules, first match wins.

Pure: a case in, a verdict out. The order says what matters most: an upstream that cannot be asked
at all; where the person is on the way to their own records; then the query that the case is about;
and last, what is missing before anything can be asked.
"""

from collections.abc import Callable
from datetime import timedelta

from services.clock import CLOCK_TOLERANCE
from services.diagnosis.rules import aal2, identity, query, records, running, sources
from services.diagnosis.verdict import Action, Case, Severity, Verdict, verdict

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
        evidence={"last_refused": case.health.key_refused_at},
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


def clock_wrong(case: Case) -> Verdict | None:
    """This machine's clock disagrees with upstream's, so no time limit can be trusted."""
    off = case.health.clock_off
    if abs(off) <= CLOCK_TOLERANCE:
        return None
    minutes = abs(off).total_seconds() / 60
    which = "behind" if off > timedelta() else "ahead of"
    return verdict(
        "clock_wrong",
        Severity.TROUBLE,
        f"Our clock is {minutes:,.0f} minutes {which} Metriport’s: what expires when is not sure.",
        "An administrator must set the clock of the machine that runs Access Desk.",
        evidence={"our_time": case.now, "metriport_time": case.now + off},
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
        evidence={"last_tried": case.health.unreachable_at},
    )


RULES: tuple[Rule, ...] = (
    key_refused,
    no_such_patient,
    running.ias_unconfirmed,
    unreachable,
    clock_wrong,
    identity.identity_unopened,
    identity.identity_opened,
    identity.identity_returned,
    identity.deliveries_failing,
    identity.identity_overdue,
    aal2.aal2_unopened,
    aal2.aal2_opened,
    aal2.aal2_active,
    identity.identity_inactive,
    identity.identity_link_expired,
    aal2.aal2_declined,
    aal2.aal2_link_expired,
    aal2.aal2_expired,
    aal2.aal2_none,
    running.query_unconfirmed,
    running.query_slow,
    running.query_processing,
    query.query_rate_limited,
    query.query_key_refused,
    query.ias_refused,
    query.query_rejected,
    query.query_not_started,
    query.query_forgotten,
    sources.opted_out,
    sources.source_rate_limited,
    sources.source_not_enabled,
    sources.source_not_started,
    query.query_partial,
    query.ias_failed,
    query.query_failed,
    records.records_fetching,
    records.records_failed,
    records.no_records,
    records.records_uncounted,
    records.all_well,
    query.unknown_status,
    identity.identity_none,
    aal2.aal2_used,
)


def diagnose(case: Case) -> Verdict:
    """The verdict of the first rule that matches; the last one always does."""
    return next(found for rule in RULES if (found := rule(case)) is not None)
