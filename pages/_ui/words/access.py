"""The state of a person's identity and AAL2 session as sentences, each with its next step."""

from collections.abc import Sequence
from datetime import datetime

from pages._ui.words.links import sent_words
from pages._ui.words.names import short
from pages._ui.words.times import ago, duration
from services.identity.access_state import (
    REFUSED,
    WEBHOOK_WITHIN,
    Aal2State,
    IdentityState,
    LinkFacts,
)
from services.identity.drift.fields import field_names
from services.identity.individual_access import PersonAccess
from services.identity.rows import PatientLink


def identity_words(access: PersonAccess, now: datetime) -> str:
    """A sentence on the identity's state, and its next step."""
    link, identity = access.facts.verification, access.facts.identity
    match access.identity:
        case IdentityState.VERIFIED if identity:
            where = " in the company’s own app" if identity.elsewhere else ""
            sentence = f"Verified {ago(identity.verified_at, now)}{where}."
            return sentence + _describe_newer(link, identity.verified_at, now)
        case IdentityState.INACTIVE if identity and identity.inactive_at:
            return (
                f"Metriport refused it {ago(identity.inactive_at, now)} as not active. "
                "The person has to verify again."
            )
        case IdentityState.RETURNED if link and link.returned_at:
            return _describe_return(link.returned_at, now)
        case IdentityState.NONE:
            return "Nobody has verified this person’s identity. Send a verification link."
    return _describe_link(link, access.verification_link, "a verification link", now)


def drift_words(access: PersonAccess, drifted: Sequence[str], now: datetime) -> str:
    """A sentence on a record that has changed since the identity was verified: which fields did."""
    words = f"Changed since the identity was verified: {field_names(drifted)}."
    words += " The person has to verify again."
    if identity := access.facts.identity:
        words += _describe_newer(access.facts.verification, identity.verified_at, now)
    return words


def satisfied_words(access: PersonAccess, query_id: str, now: datetime) -> str:
    """A sentence on the challenge that is behind the person, because its query was started."""
    session = access.facts.session
    if session is None or session.used_by != query_id:
        return "The IAS query was started in the company’s own app, which had a challenge for it."
    return f"Satisfied {ago(session.verified_at, now)}. The IAS query used the session."


def aal2_words(access: PersonAccess, now: datetime, ends_at: datetime | None) -> str:
    """A sentence on the AAL2 session's state, and its next step.

    `ends_at` is when the local limits end the session.
    """
    words = _describe_aal2(access, now, ends_at)
    challenge = access.facts.challenge
    if challenge and challenge.contested and access.identity is IdentityState.VERIFIED:
        # Each return is tried in turn at a query, so nothing is to be done; but it is no accident.
        words += (
            f" {challenge.returns} different returns came from this challenge: somebody else made "
            "one of them. Tell compliance."
        )
    return words


def _describe_aal2(access: PersonAccess, now: datetime, ends_at: datetime | None) -> str:
    challenge, session = access.facts.challenge, access.facts.session
    if access.identity is not IdentityState.VERIFIED:
        return "Comes once the identity is verified."
    match access.aal2:
        case Aal2State.NONE:
            return (
                "No challenge for this identity was sent from here. One that was satisfied in the "
                "company’s own app cannot be seen: Metriport tells it to that app alone."
            )
        case Aal2State.ACTIVE if session and ends_at:
            return (
                f"Satisfied {ago(session.verified_at, now)}. Serves one query, and ends in "
                f"{duration(ends_at - now)}.{_describe_newer(challenge, session.verified_at, now)}"
            )
        case Aal2State.USED if session:
            by = f"Query {short(session.used_by)}" if session.used_by else "A query"
            when = f" {ago(session.used_at, now)}" if session.used_at else ""
            return f"{by} used it{when}. The next query needs a new challenge."
        case Aal2State.EXPIRED if session:
            if session.end_reason == REFUSED:
                return "Metriport did not accept it. Send a challenge."
            return f"Satisfied {ago(session.verified_at, now)}, and over now. Send a challenge."
        case Aal2State.DECLINED if challenge and challenge.returned_at:
            return (
                f"Came back {ago(challenge.returned_at, now)} "
                f"{_returned_status(challenge)}. Send a challenge again."
            )
    return _describe_link(challenge, access.challenge_link, "a challenge", now)


def _describe_link(
    link: LinkFacts | None, sent: PatientLink | None, what: str, now: datetime
) -> str:
    if link is None:
        return ""
    if now >= link.expires_at:
        opened = "opened and not finished" if link.opened_at else "never opened"
        return f"The link expired {ago(link.expires_at, now)}, {opened}. Send {what} again."
    left = f"The link ends in {duration(link.expires_at - now)}."
    if link.opened_at:
        return f"The person opened it {ago(link.opened_at, now)} and is on it. {left}"
    return f"{_describe_sending(link, sent, now)} {left}"


def _describe_sending(link: LinkFacts, sent: PatientLink | None, now: datetime) -> str:
    """Whether the link was handed out, and looked at."""
    if sent and sent.opened_at:
        seen = f"Looked at {ago(sent.opened_at, now)}, perhaps by a mail scanner"
        return f"{seen}; not continued yet."
    if sent is None:
        return f"Made {ago(link.created_at, now)}."
    return f"{sent_words(sent, now)}{', not continued yet' if sent.sent_at else ''}."


def _describe_newer(link: LinkFacts | None, than: datetime, now: datetime) -> str:
    """What became of a link that was made after the step was done; empty for none."""
    if link is None or link.created_at <= than:
        return ""
    if link.returned_at:
        return f" The person came back from another link {ago(link.returned_at, now)}."
    if now >= link.expires_at:
        return ""
    if link.opened_at:
        return f" Another link was opened {ago(link.opened_at, now)}."
    return f" Another link was {'made' if link.unsent else 'sent'} {ago(link.created_at, now)}."


def _describe_return(at: datetime, now: datetime) -> str:
    if now - at < WEBHOOK_WITHIN:
        return f"The person came back {ago(at, now)}. Metriport confirms it by webhook."
    return (
        f"The person came back {ago(at, now)}, and Metriport has confirmed nothing. Either the "
        "verification failed, or its webhook is lost: check the webhooks, or send a verification "
        "link again."
    )


def _returned_status(challenge: LinkFacts) -> str:
    if challenge.returned_status == "verified":
        return "verified, but without a usable session"
    if challenge.returned_status:
        return f"with the status “{challenge.returned_status}”"
    return "without a status"
