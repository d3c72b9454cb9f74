"""What monitoring reads of the running program: goals, work that waits, calls, and its version.

No metric holds an id of a person. Numbers of what people asked for follow the rule of product
(`services.outcomes.small_cells`): they are of the last whole week in UTC. A scrape reads some rows
by an index for each metric, so that its cost does not grow with the log.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from services.calls.rate_budgets import RateBudgets
from services.clock import Clock
from services.compliance.packets.program import program_version
from services.operations.heartbeats import last_heartbeats
from services.operations.prometheus.exposition import Metric, Sample, as_text, gauge
from services.outcomes.goals.goals import Goals, Standing
from services.outcomes.people_behind import PeopleBehind
from services.outcomes.rollups.cubes import STATUS
from services.outcomes.rollups.reading import Rollups
from services.outcomes.rollups.waiting import WAITS
from services.outcomes.small_cells import SmallCells, whole_periods
from services.store import Store
from services.store.tables import LogChange, UpstreamCall, WebhookEvent
from services.webhooks.filters import FAILED, RECEIVED

MOST_COUNTED = 10_000
"""What is more is told as this: nobody needs to know better how far behind something is."""

_CALLS_OF = timedelta(minutes=1)


class Metrics:
    """Reads the log for monitoring; writes nothing, and asks nobody upstream."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        goals: Goals,
        rollups: Rollups,
        people: PeopleBehind,
        cells: SmallCells,
        budgets: RateBudgets,
    ) -> None:
        self._store = store
        self._clock = clock
        self._goals = goals
        self._rollups = rollups
        self._people = people
        self._cells = cells
        self._budgets = budgets

    def text(self) -> str:
        """Every metric, in Prometheus's text format. Raises `LogUnavailable`."""
        return as_text(self.read())

    def read(self) -> list[Metric]:
        """Every metric as it is now. Raises `LogUnavailable`."""
        now = self._clock()
        build = [Sample(1, {"version": program_version()})]
        found = [Metric("access_desk_build_info", "The version that runs.", build)]
        found += _of_goals(self._goals.all_standings())
        found.append(self._queries(now))
        with self._store.read() as session:
            found += [*_of_rollups(session, now), *_of_webhooks(session, now)]
            found += [_of_workers(session, now), _of_calls(session, now)]
        return [*found, *self._of_budgets()]

    def _queries(self, now: datetime) -> Metric:
        (since,), until = whole_periods("week", now, 1)
        counted = self._rollups.counts(STATUS, [since], until)
        names = ["start", "purpose", "outcome"]
        groups = counted.groupby(names)[["n"]].sum().reset_index()
        people = self._people.of(STATUS, groups, [since], until)
        shown = self._cells.suppressed(groups, by=("start", "purpose"), people=people)
        return Metric(
            "access_desk_queries_last_week",
            "Network queries of the last whole week in UTC, rounded; small groups are left out.",
            [
                Sample(int(n), {"purpose": str(purpose), "status": str(outcome)})
                for purpose, outcome, n in zip(
                    shown["purpose"], shown["outcome"], shown["n"], strict=True
                )
            ],
        )

    def _of_budgets(self) -> Iterator[Metric]:
        budgets = self._budgets.now()
        for name, says, numbers in (
            ("used", "Uses of a rate limit of Metriport", [one.used for one in budgets]),
            ("limit", "The rate limit of Metriport", [one.limit.per_minute for one in budgets]),
        ):
            yield Metric(
                f"access_desk_rate_{name}_per_minute",
                f"{says} in a minute, by our own calls.",
                [
                    Sample(number, {"operation": one.limit.operation})
                    for one, number in zip(budgets, numbers, strict=True)
                ],
            )


def _of_goals(standings: Iterable[Standing]) -> Iterator[Metric]:
    targets, values, breached = [], [], []
    for standing in standings:
        labels = {"measure": standing.measure.value}
        side = "at_least" if standing.goal.at_least else "at_most"
        targets.append(Sample(standing.goal.target, labels | {"side": side}))
        breached.append(Sample(standing.is_breached, labels))
        if standing.value.value is not None:
            values.append(Sample(standing.value.value, labels))
    yield Metric("access_desk_goal_target", "The target of a goal.", targets)
    yield Metric(
        "access_desk_goal_value",
        "The measure of a goal in the last whole week or month in UTC, of rounded numbers.",
        values,
    )
    yield Metric("access_desk_goal_breached", "1 where a goal is not met, else 0.", breached)


def _of_rollups(session: Session, now: datetime) -> Iterator[Metric]:
    waiting = select(LogChange.seq).where(WAITS)
    # A waiting change is taken in order, so the one with the lowest number is the oldest.
    oldest = select(LogChange.at).where(WAITS).order_by(col(LogChange.seq)).limit(1)
    yield gauge(
        "access_desk_rollup_waiting_changes",
        f"Changes that wait to be counted for charts, {MOST_COUNTED} at most.",
        _count(session, waiting),
    )
    yield gauge(
        "access_desk_rollup_oldest_waiting_seconds",
        "The age of the oldest change that waits to be counted.",
        _age(session.exec(oldest).first(), now),
    )


def _of_webhooks(session: Session, now: datetime) -> Iterator[Metric]:
    status, at = col(WebhookEvent.status), col(WebhookEvent.received_at)
    counted = [
        Sample(_count(session, select(WebhookEvent.id).where(status == state)), {"status": state})
        for state in (RECEIVED, FAILED)
    ]
    yield Metric(
        "access_desk_webhooks",
        f"Messages that wait to be interpreted, or could not be, {MOST_COUNTED} at most.",
        counted,
    )
    oldest = select(WebhookEvent.received_at).where(status == RECEIVED).order_by(at).limit(1)
    yield gauge(
        "access_desk_webhook_oldest_waiting_seconds",
        "The age of the oldest message that waits to be interpreted.",
        _age(session.exec(oldest).first(), now),
    )


def _of_workers(session: Session, now: datetime) -> Metric:
    return Metric(
        "access_desk_worker_heartbeat_age_seconds",
        "The time since a kind of background work was last done, on any machine.",
        [
            Sample(_age(at, now), {"worker": name})
            for name, at in sorted(last_heartbeats(session).items())
        ],
    )


def _of_calls(session: Session, now: datetime) -> Metric:
    at = col(UpstreamCall.at)
    wanted = select(UpstreamCall.status).where(at >= now - _CALLS_OF, at <= now)
    classes: Counter[str] = Counter(
        f"{status // 100}xx" if status else "none"
        for status in session.exec(wanted.limit(MOST_COUNTED))
    )
    return Metric(
        "access_desk_upstream_calls_last_minute",
        "Calls to Metriport in the last minute by the class of their status; none: no answer.",
        [
            Sample(classes[name], {"status": name})
            for name in sorted({"2xx", "4xx", "5xx", "none", *classes})
        ],
    )


def _count(session: Session, wanted: Any) -> int:
    found = session.exec(select(func.count()).select_from(wanted.limit(MOST_COUNTED).subquery()))
    return int(found.one())


def _age(at: datetime | None, now: datetime) -> float:
    """Seconds since then, 0 where there is nothing; clocks of two machines may differ a little."""
    return max(round((now - at).total_seconds(), 1), 0.0) if at else 0.0
