"""The rule about a record that is not the one that the identity was proofed against."""

from datetime import datetime

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.identity import link_facts, state_of
from services.diagnosis.verdict import Action, Case, Severity, Verdict, verdict
from services.identity.access_state import WEBHOOK_WITHIN, IdentityState, LinkFacts
from services.identity.drift.fields import field_names
from services.queries.status import FAILED, NOT_STARTED, PARTIAL, REJECTED

_WAIT = (
    "A verification link was made: wait until the person has verified again, or send a "
    "verification link again."
)


@rule(Stage.DEMOGRAPHICS)
def demographics_drifted(case: Case) -> Verdict | None:
    """The record has changed since the proofing, so an IAS query would ask about somebody else.

    It comes before every step that leads to the next IAS query, and explains one that failed. A
    query that runs or has brought its records is not touched.
    """
    identity = case.facts.identity
    if identity is None or not case.drifted or state_of(case) is not IdentityState.VERIFIED:
        return None
    last_step = _last_step(case, identity.verified_at)
    if not case.is_latest_step(last_step, last_step) and not _has_failed(case):
        return None
    link, until = _find_under_way(case, identity.verified_at)
    names = field_names(case.drifted)
    return verdict(
        "demographics_drifted",
        Severity.WAITING if link else Severity.TO_DO,
        f"The person’s record has changed since their identity was verified: {names}.",
        _WAIT if link else "The person has to verify again: send a verification link.",
        Action.SEND_VERIFICATION,
        until,
        evidence={
            "verified": identity.verified_at,
            "changed_since": names,
            "proofed_identity": identity.id,
            **(link_facts(link) if link else {}),
        },
    )


def _last_step(case: Case, verified_at: datetime) -> datetime:
    """The time of the newest step towards an IAS query."""
    facts = case.facts
    moments = [link.moved_at for link in (facts.verification, facts.challenge) if link]
    if facts.session:
        moments.append(facts.session.verified_at)
    return max([verified_at, *moments])


def _has_failed(case: Case) -> bool:
    """Whether the case is about an IAS query that did not bring what was asked for."""
    query = case.query_in(FAILED, PARTIAL, REJECTED, NOT_STARTED)
    return query is not None and query is case.ias


def _find_under_way(case: Case, verified_at: datetime) -> tuple[LinkFacts | None, datetime | None]:
    """The link by which the person may be verifying again, and until when it may lead there."""
    link = case.facts.verification
    if link is None or link.moved_at <= verified_at:
        return None, None
    until = link.returned_at + WEBHOOK_WITHIN if link.returned_at else link.expires_at
    return (link, until) if case.now < until else (None, None)
