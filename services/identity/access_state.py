"""Where a person stands on the way to their own records. Pure functions: facts + now → state.

The AAL2 limits follow NIST SP 800-63B, which asks for a new authentication after a time overall and
after a time of inactivity. What upstream refused is not active, also within these limits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WEBHOOK_WITHIN = timedelta(minutes=2)
"""How soon after the browser's return upstream usually confirms an identity by webhook."""


class IdentityState(StrEnum):
    """How far the proofing of a person's identity (NIST IAL2) is."""

    NONE = "none"
    LINK_READY = "link_ready"
    OPENED = "opened"
    RETURNED = "returned"
    LINK_EXPIRED = "link_expired"
    VERIFIED = "verified"
    INACTIVE = "inactive"


class Aal2State(StrEnum):
    """Whether the person has satisfied a multifactor challenge (AAL2) that still counts."""

    NONE = "none"
    LINK_READY = "link_ready"
    OPENED = "opened"
    LINK_EXPIRED = "link_expired"
    DECLINED = "declined"
    ACTIVE = "active"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Limits:
    """How long an AAL2 session may serve: overall, and without use since its verification."""

    max_age: timedelta
    max_idle: timedelta

    @property
    def shortest(self) -> timedelta:
        """The limit that is reached first: a session serves one query, so it is idle until then."""
        return min(self.max_age, self.max_idle)


@dataclass(frozen=True)
class LinkFacts:
    """A hosted page that a person was sent to; all times are UTC.

    `target` is the id of our row of it. `returns` is how many different returns came from it.
    `unsent` is true where nobody has copied the link or said that they sent it.
    """

    target: str
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None
    returned_at: datetime | None = None
    returned_status: str | None = None
    returns: int = 0
    unsent: bool = False

    @property
    def contested(self) -> bool:
        """Whether somebody else caused a return: a hosted page sends its browser back once."""
        return self.returns > 1

    @property
    def moved_at(self) -> datetime:
        """The time of the last step: sent, opened, or returned from."""
        return self.returned_at or self.opened_at or self.created_at


@dataclass(frozen=True)
class IdentityFacts:
    """A proofed identity; `inactive_at` is when upstream refused it.

    `elsewhere` is true where it was verified without a link of ours, in the company's own app.
    """

    id: str
    verified_at: datetime
    inactive_at: datetime | None = None
    elsewhere: bool = False


@dataclass(frozen=True)
class Aal2SessionFacts:
    """An AAL2 session; `challenge` is the id of our row of its challenge."""

    id: str
    challenge: str
    identity_id: str
    verified_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None

    def ends_at(self, limits: Limits) -> datetime:
        """When the local limits end it, in UTC."""
        return self.verified_at + limits.shortest


@dataclass(frozen=True)
class AccessFacts:
    """What the log holds about one person's way.

    The newest verification link, the newest identity, the newest challenge for that identity, and
    the session that says where the challenge stands. `candidates` is how many sessions of that
    session's challenge a query could still use: above one, and upstream will refuse all but one.
    """

    verification: LinkFacts | None = None
    identity: IdentityFacts | None = None
    challenge: LinkFacts | None = None
    session: Aal2SessionFacts | None = None
    candidates: int = 0


def identity_state(facts: AccessFacts, now: datetime) -> IdentityState:
    """The state of the identity.

    An active identity is verified, whatever became of later links. After a refusal, a link that was
    sent, opened or returned from later gives the state. A browser that came back stays `returned`,
    also after the link has expired, until the webhook comes.
    """
    identity, link = facts.identity, facts.verification
    if identity and identity.inactive_at is None:
        return IdentityState.VERIFIED
    if identity and (link is None or link.moved_at <= (identity.inactive_at or now)):
        return IdentityState.INACTIVE
    if link is None:
        return IdentityState.NONE
    if link.returned_at:
        return IdentityState.RETURNED
    return IdentityState(_unreturned(link, now))


def aal2_state(facts: AccessFacts, limits: Limits, now: datetime) -> Aal2State:
    """The state of the multifactor challenge.

    A session counts only for the identity that it was made with, and only if it was verified after
    that identity was. An active session gives the state even where a newer challenge was sent; an
    ended one does not.
    """
    if facts.identity is None:
        return Aal2State.NONE
    session, challenge = facts.session, facts.challenge
    if session and session.identity_id == facts.identity.id:
        state = _session_state(session, facts.identity, limits, now)
        if state is Aal2State.ACTIVE or challenge is None or challenge.target == session.challenge:
            return state
        if challenge.created_at < session.verified_at:
            return state
    if challenge is None:
        return Aal2State.NONE
    if challenge.returned_at:
        return Aal2State.DECLINED
    return Aal2State(_unreturned(challenge, now))


def why_not_ready(facts: AccessFacts, limits: Limits, now: datetime) -> str:
    """Why no IAS query can be started now, in one sentence; empty when one can."""
    identity = identity_state(facts, now)
    if identity is not IdentityState.VERIFIED:
        return _NO_IDENTITY[identity]
    return _NO_SESSION[aal2_state(facts, limits, now)]


_NO_IDENTITY = {
    IdentityState.NONE: "The person’s identity is not verified yet.",
    IdentityState.LINK_READY: "The person has not opened the verification link yet.",
    IdentityState.OPENED: "The person is verifying their identity right now.",
    IdentityState.RETURNED: "The person is back, but Metriport has not confirmed the identity yet.",
    IdentityState.LINK_EXPIRED: "The verification link expired before the identity was verified.",
    IdentityState.INACTIVE: "Metriport says that the identity is not active any more.",
}
_NO_SESSION = {
    Aal2State.NONE: "No multifactor challenge that the person satisfied is known here.",
    Aal2State.LINK_READY: "The person has not opened the challenge link yet.",
    Aal2State.OPENED: "The person is answering the challenge right now.",
    Aal2State.LINK_EXPIRED: "The challenge link expired before the person answered it.",
    Aal2State.DECLINED: "The person came back without satisfying the challenge.",
    Aal2State.ACTIVE: "",
    Aal2State.USED: "The AAL2 session was used: each query needs a new challenge.",
    Aal2State.EXPIRED: "The AAL2 session has ended: a new challenge is needed.",
}


def _unreturned(link: LinkFacts, now: datetime) -> str:
    if now >= link.expires_at:
        return IdentityState.LINK_EXPIRED.value
    return IdentityState.OPENED.value if link.opened_at else IdentityState.LINK_READY.value


def _session_state(
    session: Aal2SessionFacts, identity: IdentityFacts, limits: Limits, now: datetime
) -> Aal2State:
    if session.end_reason == USED:
        return Aal2State.USED
    # An identity that is verified again after a refusal keeps its id. A session from before the
    # refusal is over all the same.
    stale = session.verified_at < identity.verified_at
    if session.ended_at or identity.inactive_at or stale or now >= session.ends_at(limits):
        return Aal2State.EXPIRED
    return Aal2State.ACTIVE


USED, REFUSED, EXPIRED, REPLACED = "used", "refused", "expired", "replaced"
"""Why an AAL2 session ended: a query used it, upstream refused it, it was past the local limits, or
the person satisfied another challenge."""


def turning_points(facts: AccessFacts, limits: Limits) -> Iterator[datetime]:
    """The moments at which the time alone changes a state or its words, past ones included."""
    for link in (facts.verification, facts.challenge):
        if link is not None:
            yield link.expires_at
            if link.returned_at is not None:
                yield link.returned_at + WEBHOOK_WITHIN
    if facts.session is not None:
        yield facts.session.ends_at(limits)
