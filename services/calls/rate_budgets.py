"""What is left of the documented rate limits, by our own log.

Upstream documents no header that tells it. Calls that others make with the same account are not
seen, so upstream may refuse earlier.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from services.clock import Clock
from services.metriport.rate_limits import RATE_LIMITS, WINDOW, RateLimit
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall


@dataclass(frozen=True)
class RateBudget:
    """How often an operation was `used` in the last minute, and its limit."""

    limit: RateLimit
    used: int

    @property
    def left(self) -> int:
        """How often the operation may still be done now; never below zero."""
        return max(self.limit.per_minute - self.used, 0)


class RateBudgets:
    """Reads the tables `upstream_call`, `network_query` and `query_source`."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def show(self, actor: Actor) -> list[RateBudget]:
        """What is left of each limit, for the staff; raises `NotPermitted`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        return self.now()

    def now(self) -> list[RateBudget]:
        """What is left of each limit, without a permission check: for the pacing of bulk runs."""
        since = self._clock() - WINDOW
        with self._store.read() as session:
            asked, called = _count_asked(session, since), _count_calls(session, since)
        return [
            RateBudget(
                limit,
                asked.get(limit.source, 0)
                if limit.source
                else sum(called.get(call, 0) for call in limit.calls),
            )
            for limit in RATE_LIMITS
        ]


def _count_asked(session: Session, since: datetime) -> dict[str, int]:
    """How often each source type was asked: a network query counts once for each of its types."""
    recent = select(NetworkQuery.id).where(col(NetworkQuery.submitted_at) > since)
    # Counted here: for a GROUP BY the database might read every source there is, by their types.
    types = select(QuerySource.type).where(col(QuerySource.query_id).in_(recent))
    return Counter(session.exec(types).all())


def _count_calls(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    wanted = select(UpstreamCall.method, UpstreamCall.path, func.count())
    recent = wanted.where(col(UpstreamCall.at) >= since)
    counted = recent.group_by(col(UpstreamCall.method), col(UpstreamCall.path))
    return {(method, path): number for method, path, number in session.exec(counted).all()}
