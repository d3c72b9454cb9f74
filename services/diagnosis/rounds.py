"""The round of individual access that a person is in. Pure: facts in, a round out.

Every IAS query takes an AAL2 session of its own, so individual access goes in rounds: a challenge,
its session, the query that uses it. The identity lasts from one round to the next. A round goes on
until somebody begins the next one, however long ago its query ended.
"""

from dataclasses import dataclass
from datetime import datetime

from services.diagnosis.verdict import RECENT, QueryFacts
from services.identity.access_state import AccessFacts
from services.queries.status import (
    NOT_STARTED,
    PROCESSING,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
)

_UNDER_WAY = (SUBMITTING, PROCESSING, UNCONFIRMED)
_NOT_RUN = (REJECTED, NOT_STARTED)


@dataclass(frozen=True)
class Round:
    """Where a round stands.

    `query` is its IAS query, None before it is started. `is_satisfied` says that the challenge is
    behind the person: upstream has accepted its session for the query, or may have.
    `may_begin_another` says that nothing speaks against a new challenge, which begins the next one.
    """

    query: QueryFacts | None = None
    is_satisfied: bool = False
    may_begin_another: bool = False


def round_of(facts: AccessFacts, ias: QueryFacts | None, now: datetime) -> Round:
    """The round that a person is in; `ias` is their newest IAS query, wherever it was started."""
    if ias is None or _is_begun_again(facts, ias):
        return Round()
    # Upstream may never say how a query ended: after a day it holds nobody back.
    holds_back = ias.status in _UNDER_WAY and now - ias.submitted_at < RECENT
    return Round(ias, ias.status not in _NOT_RUN, may_begin_another=not holds_back)


def _is_begun_again(facts: AccessFacts, query: QueryFacts) -> bool:
    """Whether a step towards another query was taken since this one was submitted."""
    since, session, challenge = query.submitted_at, facts.session, facts.challenge
    own = session if session and session.used_by == query.id else None
    if session and not own and session.verified_at > since:
        return True
    # A second return from the query's own challenge, perhaps somebody else's, begins nothing.
    is_own = own is not None and challenge is not None and challenge.target == own.challenge
    if challenge and not is_own and challenge.moved_at > since:
        return True
    identity, verification = facts.identity, facts.verification
    if identity and identity.inactive_at is None:
        # Another link beside a good identity leads nowhere new; another verification does.
        return identity.verified_at > since
    return verification is not None and verification.moved_at > since
