"""The rules about an upstream that cannot be asked, and about a person whom it does not know."""

from datetime import timedelta

from services.clock import CLOCK_TOLERANCE
from services.diagnosis.registry import Stage, rule
from services.diagnosis.verdict import Action, Case, Severity, Verdict, verdict


@rule(Stage.NOTHING_WORKS)
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


@rule(Stage.NOTHING_WORKS)
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


@rule(Stage.UPSTREAM_HEALTH)
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


@rule(Stage.UPSTREAM_HEALTH)
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
