"""The rules about a person's way to their own records: identity and AAL2."""

from datetime import datetime

from services.access_state import (
    WEBHOOK_WITHIN,
    Aal2State,
    IdentityState,
    Step,
    aal2_state,
    identity_state,
)
from services.query_requests import IAS
from services.query_status import REJECTED
from services.verdict import Action, Case, Severity, Verdict, verdict

_AGAIN = "Send a new verification link."
_NEW_CHALLENGE = "Send a new challenge."


def _identity(case: Case) -> IdentityState:
    return identity_state(case.facts, case.now)


def _aal2(case: Case) -> Aal2State:
    return aal2_state(case.facts, case.limits, case.now)


def _is_news(case: Case, at: datetime | None) -> bool:
    """Whether it happened after the newest query was asked for: older trouble is past."""
    return at is not None and (case.query is None or at >= case.query.submitted_at)


def _verification(case: Case, state: IdentityState) -> Step | None:
    """The verification link, if it is what the identity's state comes from."""
    link = case.facts.verification
    news = link is not None and _is_news(case, link.created_at)
    return link if news and _identity(case) is state else None


def _challenge(case: Case, state: Aal2State) -> Step | None:
    """The challenge link, if it is what the AAL2 session's state comes from."""
    link = case.facts.challenge
    news = link is not None and _is_news(case, link.created_at)
    return link if news and _aal2(case) is state else None


def _sent(step: Step) -> dict[str, datetime | None]:
    """What is known of a link, as evidence."""
    return {
        "sent": step.created_at,
        "opened": step.opened_at,
        "returned": step.returned_at,
        "link_ends": step.expires_at,
    }


def identity_unopened(case: Case) -> Verdict | None:
    """The verification link was sent and not continued."""
    link = _verification(case, IdentityState.LINK_READY)
    if link is None:
        return None
    return verdict(
        "identity_unopened",
        Severity.WAITING,
        "The person has not opened the verification link yet.",
        "Remind them, or send a new link to another address.",
        Action.SEND_VERIFICATION,
        link.expires_at,
        **_sent(link),
    )


def identity_opened(case: Case) -> Verdict | None:
    """The person is verifying right now."""
    link = _verification(case, IdentityState.OPENED)
    if link is None:
        return None
    return verdict(
        "identity_opened",
        Severity.WAITING,
        "The person opened the verification and has not come back yet.",
        "Wait: it takes about five minutes. If they gave up, send a new link.",
        Action.SEND_VERIFICATION,
        link.expires_at,
        **_sent(link),
    )


def identity_returned(case: Case) -> Verdict | None:
    """The browser came back a moment ago; the webhook is on its way."""
    link = _verification(case, IdentityState.RETURNED)
    if link is None or link.returned_at is None:
        return None
    until = link.returned_at + WEBHOOK_WITHIN
    if case.now >= until:
        return None
    return verdict(
        "identity_returned",
        Severity.WAITING,
        "The person is back from the verification; Metriport’s confirmation is on its way.",
        "Wait: it usually arrives within two minutes.",
        None,
        until,
        **_sent(link),
    )


def deliveries_failing(case: Case) -> Verdict | None:
    """The confirmation is overdue, and upstream says that webhooks do not get through."""
    link = _verification(case, IdentityState.RETURNED)
    failing = case.health.deliveries_failed or case.health.deliveries_off
    if link is None or not failing:
        return None
    return verdict(
        "deliveries_failing",
        Severity.TROUBLE,
        "The confirmation is overdue, and Metriport cannot deliver webhooks to us.",
        "Have the failed deliveries sent again; the verification then needs no second try.",
        Action.OPEN_WEBHOOKS,
        None,
        failed_deliveries=str(case.health.deliveries_failed),
        metriport_says=case.health.deliveries_off,
        **_sent(link),
    )


def identity_overdue(case: Case) -> Verdict | None:
    """The browser came back, and no confirmation followed."""
    link = _verification(case, IdentityState.RETURNED)
    if link is None:
        return None
    return verdict(
        "identity_overdue",
        Severity.TO_DO,
        "The person came back from the verification, and Metriport has confirmed nothing.",
        "Ask whether it worked for them. If it failed, send a new link; if it worked, its webhook "
        "is lost.",
        Action.SEND_VERIFICATION,
        None,
        **_sent(link),
    )


def identity_link_expired(case: Case) -> Verdict | None:
    """The verification link's time is over."""
    link = _verification(case, IdentityState.LINK_EXPIRED)
    if link is None:
        return None
    return verdict(
        "identity_link_expired",
        Severity.TO_DO,
        "The verification link expired before the person finished.",
        _AGAIN,
        Action.SEND_VERIFICATION,
        None,
        **_sent(link),
    )


def identity_inactive(case: Case) -> Verdict | None:
    """Upstream refused the identity."""
    identity = case.facts.identity
    if _identity(case) is not IdentityState.INACTIVE or identity is None:
        return None
    query = case.query
    refused_again = query is not None and (query.purpose, query.status) == (IAS, REJECTED)
    if not refused_again and not _is_news(case, identity.inactive_at):
        return None
    return verdict(
        "identity_inactive",
        Severity.TO_DO,
        "Metriport says that the person’s identity is not active any more.",
        "The person has to verify again: send a verification link.",
        Action.SEND_VERIFICATION,
        None,
        verified=identity.verified_at,
        refused=identity.inactive_at,
        proofed_identity=identity.id,
        metriport_says=query.error_detail if query else None,
    )


def identity_none(case: Case) -> Verdict | None:
    """Nobody has verified the person, and nothing is under way."""
    if _identity(case) is not IdentityState.NONE:
        return None
    return verdict(
        "identity_none",
        Severity.TO_DO,
        "The person’s identity is not verified, so they cannot retrieve their own records.",
        "Send a verification link, or start a treatment query for a clinician.",
        Action.SEND_VERIFICATION,
    )


def aal2_unopened(case: Case) -> Verdict | None:
    """The challenge link was sent and not continued."""
    link = _challenge(case, Aal2State.LINK_READY)
    if link is None:
        return None
    return verdict(
        "aal2_unopened",
        Severity.WAITING,
        "The person has not opened the challenge link yet.",
        "Remind them: the link ends soon.",
        Action.SEND_CHALLENGE,
        link.expires_at,
        **_sent(link),
    )


def aal2_opened(case: Case) -> Verdict | None:
    """The person is answering the challenge right now."""
    link = _challenge(case, Aal2State.OPENED)
    if link is None:
        return None
    return verdict(
        "aal2_opened",
        Severity.WAITING,
        "The person opened the challenge and has not come back yet.",
        "Wait: it takes less than a minute. If they gave up, send a new challenge.",
        Action.SEND_CHALLENGE,
        link.expires_at,
        **_sent(link),
    )


def aal2_link_expired(case: Case) -> Verdict | None:
    """The challenge link's time is over."""
    link = _challenge(case, Aal2State.LINK_EXPIRED)
    if link is None:
        return None
    return verdict(
        "aal2_link_expired",
        Severity.TO_DO,
        "The challenge link expired before the person answered it.",
        _NEW_CHALLENGE,
        Action.SEND_CHALLENGE,
        None,
        **_sent(link),
    )


def aal2_declined(case: Case) -> Verdict | None:
    """The browser came back without a session."""
    challenge = _challenge(case, Aal2State.DECLINED)
    if challenge is None:
        return None
    return verdict(
        "aal2_declined",
        Severity.TO_DO,
        "The person came back without having satisfied the challenge.",
        "Ask what went wrong with the code or passkey, then send a new challenge.",
        Action.SEND_CHALLENGE,
        None,
        status_as_it_came=challenge.returned_status or "none",
        **_sent(challenge),
    )


def aal2_active(case: Case) -> Verdict | None:
    """Everything is in place for an IAS query."""
    session = case.facts.session
    if _aal2(case) is not Aal2State.ACTIVE or session is None:
        return None
    return verdict(
        "aal2_active",
        Severity.TO_DO,
        "Identity and AAL2 session are in place: the person may retrieve their records now.",
        "Start the IAS query before the session ends.",
        Action.START_IAS,
        session.ends_at(case.limits),
        satisfied=session.verified_at,
    )


def aal2_expired(case: Case) -> Verdict | None:
    """The session ended before a query used it."""
    session = case.facts.session
    if _aal2(case) is not Aal2State.EXPIRED or session is None:
        return None
    return verdict(
        "aal2_expired",
        Severity.TO_DO,
        "The AAL2 session is over, by time or because Metriport refused it.",
        _NEW_CHALLENGE,
        Action.SEND_CHALLENGE,
        None,
        satisfied=session.verified_at,
        ended=session.ended_at or session.ends_at(case.limits),
        reason=session.end_reason,
    )


def aal2_none(case: Case) -> Verdict | None:
    """The person is verified, and was never challenged from here."""
    if _identity(case) is not IdentityState.VERIFIED or _aal2(case) is not Aal2State.NONE:
        return None
    identity = case.facts.identity
    return verdict(
        "aal2_none",
        Severity.TO_DO,
        "The identity is verified; what is missing is a multifactor challenge.",
        "Send a challenge.",
        Action.SEND_CHALLENGE,
        None,
        verified=identity.verified_at if identity else None,
    )
