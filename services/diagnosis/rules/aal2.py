"""The rules about the multifactor challenge (AAL2)."""

from services.diagnosis.registry import Stage, rule
from services.diagnosis.rules.identity import UNSENT, contested_note, link_facts, state_of
from services.diagnosis.verdict import Action, Case, Severity, Verdict, verdict
from services.identity.access_state import Aal2State, IdentityState, LinkFacts, aal2_state
from services.identity.consent.consent_state import ConsentRule

_CHALLENGE = "Send a challenge."


def _is_in(case: Case, state: Aal2State) -> bool:
    verified = state_of(case) is IdentityState.VERIFIED
    return verified and aal2_state(case.facts, case.limits, case.now) is state


def _find_under_way(case: Case, state: Aal2State) -> LinkFacts | None:
    """The challenge link, if the AAL2 session is in `state` because of it and no query is newer."""
    link = case.facts.challenge
    return link if link and _is_in(case, state) and case.is_latest_step(link.moved_at) else None


@rule(Stage.AAL2_UNDER_WAY)
def aal2_unopened(case: Case) -> Verdict | None:
    """The challenge link was made, perhaps sent, and not continued."""
    link = _find_under_way(case, Aal2State.LINK_READY)
    if link is None:
        return None
    what = "The person has not opened the challenge link yet."
    next_step = "Remind them: the link ends soon. If they have lost it, send a challenge again."
    if link.unsent:
        what, next_step = UNSENT, "If the person does not have it, send a challenge again."
    return verdict(
        "aal2_unopened",
        Severity.WAITING,
        what,
        next_step,
        Action.SEND_CHALLENGE,
        link.expires_at,
        evidence=link_facts(link),
    )


@rule(Stage.AAL2_UNDER_WAY)
def aal2_opened(case: Case) -> Verdict | None:
    """The person is answering the challenge right now."""
    link = _find_under_way(case, Aal2State.OPENED)
    if link is None:
        return None
    return verdict(
        "aal2_opened",
        Severity.WAITING,
        "The person opened the challenge and has not come back yet.",
        "Wait: it takes less than a minute. If they gave up, send a challenge again.",
        Action.SEND_CHALLENGE,
        link.expires_at,
        evidence=link_facts(link),
    )


@rule(Stage.AAL2_UNDER_WAY)
def aal2_active(case: Case) -> Verdict | None:
    """Everything is in place for an IAS query."""
    session = case.facts.session
    if session is None or not _is_in(case, Aal2State.ACTIVE):
        return None
    next_step = "Start the IAS query before the session ends."
    if case.consent_rule is not ConsentRule.OFF and not case.consent.is_given:
        next_step += " No consent is recorded: without one the query becomes a finding."
    return verdict(
        "aal2_active",
        Severity.READY,
        "Identity and AAL2 session are in place: the person may retrieve their records now.",
        next_step,
        Action.START_IAS,
        session.ends_at(case.limits),
        evidence={
            "satisfied": session.verified_at,
            "contested": contested_note(case.facts.challenge),
        },
    )


@rule(Stage.AAL2_BLOCKED)
def aal2_declined(case: Case) -> Verdict | None:
    """The browser came back without a session."""
    link = case.facts.challenge
    if link is None or not _is_in(case, Aal2State.DECLINED):
        return None
    if not case.is_latest_step(link.created_at, link.returned_at):
        return None
    return verdict(
        "aal2_declined",
        Severity.TO_DO,
        "The person came back without having satisfied the challenge.",
        "Ask what went wrong with the code or passkey, then send a challenge again.",
        Action.SEND_CHALLENGE,
        evidence={"status_as_it_came": link.returned_status or "none", **link_facts(link)},
    )


@rule(Stage.AAL2_BLOCKED)
def aal2_link_expired(case: Case) -> Verdict | None:
    """The challenge link's time is over."""
    link = case.facts.challenge
    if link is None or not _is_in(case, Aal2State.LINK_EXPIRED):
        return None
    if not case.is_latest_step(link.moved_at, max(link.moved_at, link.expires_at)):
        return None
    return verdict(
        "aal2_link_expired",
        Severity.TO_DO,
        "The challenge link expired before the person answered it.",
        _CHALLENGE,
        Action.SEND_CHALLENGE,
        evidence=link_facts(link),
    )


@rule(Stage.AAL2_BLOCKED)
def aal2_expired(case: Case) -> Verdict | None:
    """The session ended before a query used it."""
    session = case.facts.session
    if session is None or not _is_in(case, Aal2State.EXPIRED):
        return None
    ended = session.ended_at or session.ends_at(case.limits)
    if not case.is_latest_step(session.verified_at, ended):
        return None
    return verdict(
        "aal2_expired",
        Severity.TO_DO,
        "The AAL2 session is over, and no query has used it.",
        _CHALLENGE,
        Action.SEND_CHALLENGE,
        evidence={
            "satisfied": session.verified_at,
            "ended": ended,
            "reason": session.end_reason or "its time was over",
        },
    )


@rule(Stage.AAL2_BLOCKED)
def aal2_none(case: Case) -> Verdict | None:
    """The person is verified, and the dashboard never sent them a challenge."""
    identity = case.facts.identity
    if identity is None or not _is_in(case, Aal2State.NONE):
        return None
    if not case.is_latest_step(identity.verified_at, identity.verified_at):
        return None
    return verdict(
        "aal2_none",
        Severity.TO_DO,
        "The identity is verified; what is missing is a multifactor challenge.",
        "Send a challenge. One that was satisfied in the company’s own app cannot be seen here.",
        Action.SEND_CHALLENGE,
        evidence={"verified": identity.verified_at},
    )


@rule(Stage.OTHERWISE)
def aal2_used(case: Case) -> Verdict:
    """The last rule, for whoever no other rule applies to: their AAL2 session was used."""
    session = case.facts.session
    return verdict(
        "aal2_used",
        Severity.TO_DO,
        "The AAL2 session was used: each query needs a new challenge.",
        _CHALLENGE,
        Action.SEND_CHALLENGE,
        evidence={"used": session.used_at if session else None},
    )
