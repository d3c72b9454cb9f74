"""What is left of the documented rate limits, by our own counts: upstream tells nobody."""

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
    """How many of an operation upstream still takes in this minute."""

    limit: RateLimit
    used: int

    @property
    def left(self) -> int:
        """Never below zero."""
        return max(self.limit.per_minute - self.used, 0)


class RateBudgets:
    """Reads the tables `upstream_call`, `network_query` and `query_source`."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def show(self, actor: Actor) -> list[RateBudget]:
        """What is left of each limit, for a page."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        return self.now()

    def now(self) -> list[RateBudget]:
        """The same without a viewer, for the pacing of work in the background."""
        since = self._clock() - WINDOW
        with self._store.read() as session:
            asked, called = _asked_sources(session, since), _called(session, since)
        return [
            RateBudget(
                limit,
                asked.get(limit.source, 0)
                if limit.source
                else sum(called.get(call, 0) for call in limit.calls),
            )
            for limit in RATE_LIMITS
        ]


def _asked_sources(session: Session, since: datetime) -> dict[str, int]:
    """How often each source was asked: a network query counts for every one that it names."""
    wanted = select(QuerySource.type, func.count()).join(
        NetworkQuery, col(NetworkQuery.id) == col(QuerySource.query_id)
    )
    recent = wanted.where(col(NetworkQuery.submitted_at) > since)
    return dict(session.exec(recent.group_by(col(QuerySource.type))).all())


def _called(session: Session, since: datetime) -> dict[tuple[str, str], int]:
    wanted = select(UpstreamCall.method, UpstreamCall.path, func.count())
    recent = wanted.where(col(UpstreamCall.at) >= since)
    counted = recent.group_by(col(UpstreamCall.method), col(UpstreamCall.path))
    return {(method, path): number for method, path, number in session.exec(counted).all()}
