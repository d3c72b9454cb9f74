"""The rules about the proofing of a person's identity (NIST IAL2)."""

from datetime import datetime

from services.diagnosis.registry import Stage, rule
from services.diagnosis.verdict import (
    Action,
    Case,
    Evidence,
    QueryFacts,
    Severity,
    Verdict,
    verdict,
)
from services.identity.access_state import WEBHOOK_WITHIN, IdentityState, LinkFacts, identity_state
from services.queries.status import REJECTED

_LINK = "Send a verification link."


UNSENT = "A link was made, but nobody has copied it or said that it was sent."
"""What is known of a link that may never have left the dialog that showed it once."""


def state_of(case: Case) -> IdentityState:
    """The state of the person's identity."""
    return identity_state(case.facts, case.now)


def link_facts(step: LinkFacts) -> Evidence:
    """What is known of a link, as evidence."""
    return {
        "made": step.created_at,
        "opened": step.opened_at,
        "returned": step.returned_at,
        "link_ends": step.expires_at,
        "contested": contested_note(step),
    }


def contested_note(step: LinkFacts | None) -> str | None:
    """A sentence for a link with several different returns, of which the person made only one.

    None for a link with at most one return.
    """
    if step is None or not step.contested:
        return None
    return f"{step.returns} different returns came from one link; somebody else made one of them"


def _find_under_way(case: Case, state: IdentityState) -> LinkFacts | None:
    """The verification link, if the identity is in `state` because of it and no query is newer."""
    link = case.facts.verification
    if link is None or state_of(case) is not state:
        return None
    return link if case.is_latest_step(link.moved_at) else None


def _find_returned(case: Case) -> LinkFacts | None:
    """The verification link that the person came back from, while its webhook is missing."""
    link = case.facts.verification
    if link is None or state_of(case) is not IdentityState.RETURNED:
        return None
    return link if case.is_latest_step(link.moved_at, link.returned_at) else None


@rule(Stage.IDENTITY_UNDER_WAY)
def identity_unopened(case: Case) -> Verdict | None:
    """The verification link was made, perhaps sent, and not continued."""
    link = _find_under_way(case, IdentityState.LINK_READY)
    if link is None:
        return None
    what = "The person has not opened the verification link yet."
    next_step = "Remind them, or send a verification link to another address."
    if link.unsent:
        what, next_step = UNSENT, "If the person does not have it, send a verification link again."
    return verdict(
        "identity_unopened",
        Severity.WAITING,
        what,
        next_step,
        Action.SEND_VERIFICATION,
        link.expires_at,
        evidence=link_facts(link),
    )


@rule(Stage.IDENTITY_UNDER_WAY)
def identity_opened(case: Case) -> Verdict | None:
    """The person is verifying right now."""
    link = _find_under_way(case, IdentityState.OPENED)
    if link is None:
        return None
    return verdict(
        "identity_opened",
        Severity.WAITING,
        "The person opened the verification and has not come back yet.",
        "Wait: it takes about five minutes. If they gave up, send a verification link again.",
        Action.SEND_VERIFICATION,
        link.expires_at,
        evidence=link_facts(link),
    )


@rule(Stage.IDENTITY_UNDER_WAY)
def identity_returned(case: Case) -> Verdict | None:
    """The browser came back a moment ago; the webhook is on its way."""
    link = _find_returned(case)
    if link is None or link.returned_at is None or case.now >= link.returned_at + WEBHOOK_WITHIN:
        return None
    return verdict(
        "identity_returned",
        Severity.WAITING,
        "The person is back from the verification; Metriport’s confirmation is on its way.",
        "Wait: it usually arrives within two minutes.",
        until=link.returned_at + WEBHOOK_WITHIN,
        evidence=link_facts(link),
    )


@rule(Stage.IDENTITY_UNDER_WAY)
def deliveries_failing(case: Case) -> Verdict | None:
    """The confirmation is overdue, and upstream says that webhooks do not get through."""
    link = _find_returned(case)
    failing = case.health.deliveries_failed or case.health.deliveries_off
    if link is None or not failing:
        return None
    return verdict(
        "deliveries_failing",
        Severity.TROUBLE,
        "The confirmation is overdue, and Metriport cannot deliver webhooks to us.",
        "Have the failed deliveries sent again; the verification then needs no second try.",
        Action.OPEN_WEBHOOKS,
        evidence={
            "failed_deliveries": str(case.health.deliveries_failed),
            "metriport_says": case.health.deliveries_off,
            **link_facts(link),
        },
    )


@rule(Stage.IDENTITY_UNDER_WAY)
def identity_overdue(case: Case) -> Verdict | None:
    """The browser came back, and no confirmation followed."""
    link = _find_returned(case)
    if link is None:
        return None
    return verdict(
        "identity_overdue",
        Severity.TO_DO,
        "The person came back from the verification, and Metriport has confirmed nothing.",
        "Ask whether it worked for them. If it failed, send a verification link again; if it "
        "worked, its webhook is lost.",
        Action.SEND_VERIFICATION,
        evidence=link_facts(link),
    )


@rule(Stage.IDENTITY_BLOCKED)
def identity_inactive(case: Case) -> Verdict | None:
    """Upstream refused the identity."""
    identity = case.facts.identity
    if identity is None or state_of(case) is not IdentityState.INACTIVE:
        return None
    refused_at = identity.inactive_at or identity.verified_at
    query = case.query_in(REJECTED)
    # The IAS query by which upstream refused the identity began a moment before the refusal, so it
    # counts as part of it, not as a newer step.
    was_the_refusal = query is case.ias and query is not None and _ended_since(query, refused_at)
    if not was_the_refusal and not case.is_latest_step(refused_at, refused_at):
        return None
    return verdict(
        "identity_inactive",
        Severity.TO_DO,
        "Metriport says that the person’s identity is not active any more.",
        "The person has to verify again: send a verification link.",
        Action.SEND_VERIFICATION,
        evidence={
            "verified": identity.verified_at,
            "refused": identity.inactive_at,
            "proofed_identity": identity.id,
            "metriport_says": query.error_detail if query and was_the_refusal else None,
        },
    )


@rule(Stage.IDENTITY_BLOCKED)
def identity_link_expired(case: Case) -> Verdict | None:
    """The verification link's time is over."""
    link = case.facts.verification
    if link is None or state_of(case) is not IdentityState.LINK_EXPIRED:
        return None
    if not case.is_latest_step(link.moved_at, max(link.moved_at, link.expires_at)):
        return None
    return verdict(
        "identity_link_expired",
        Severity.TO_DO,
        "The verification link expired before the person finished.",
        _LINK,
        Action.SEND_VERIFICATION,
        evidence=link_facts(link),
    )


def _ended_since(query: QueryFacts, moment: datetime) -> bool:
    return query.finished_at is not None and query.finished_at >= moment


@rule(Stage.NOTHING_ASKED)
def identity_none(case: Case) -> Verdict | None:
    """The person was never verified, and no query was made for them."""
    if case.query is not None or state_of(case) is not IdentityState.NONE:
        return None
    return verdict(
        "identity_none",
        Severity.TO_DO,
        "The person’s identity is not verified, so they cannot retrieve their own records.",
        "Send a verification link, or start a treatment query for a clinician.",
        Action.SEND_VERIFICATION,
    )
