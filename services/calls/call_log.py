"""The request log for the staff: what was asked of upstream, how it went, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlmodel import col, func, select

from services.clock import Clock
from services.errors import NotInLog
from services.ids import first_id
from services.pasted_ids import id_filter
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource, UpstreamCall

PAGE_SIZE = 50
_MINUTE = timedelta(minutes=1)

_CALL_LIMITS = {
    "Patient changes": (
        [("POST", "/medical/v1/patient"), ("PUT", "/medical/v1/patient/{id}")],
        15,
    ),
    "Record requests": ([("POST", "/medical/v1/patient/{id}/consolidated/query")], 120),
}
_SOURCES = {"hie": "HIE", "pharmacy": "Pharmacy", "lab": "Laboratory"}
_PER_SOURCE = 20
"""Documented limits per minute; a network query counts for each source that it asks."""


@dataclass(frozen=True)
class CallFilters:
    """Which calls to show; an empty field does not filter. `outcome` is `ok` or `failed`."""

    path: str | None = None
    outcome: str | None = None
    about: str | None = None

    def summary(self) -> dict[str, Any]:
        """The filters in use, for the access log: ids and words only."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class CallPage:
    """One page of calls, newest first; `older` is the cursor of the next one, if any."""

    rows: Sequence[UpstreamCall]
    older: str | None


@dataclass(frozen=True)
class Budget:
    """How many of an operation upstream still takes in this minute, by our own counts."""

    operation: str
    limit: int
    used: int

    @property
    def left(self) -> int:
        """Never below zero."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True)
class CallStatistics:
    """Per operation: method, path, calls, success (0 to 1), and the median and 95th percentile of
    its duration in milliseconds, most called first. Over time: start (aware UTC), outcome
    (`completed` or `failed`) and calls."""

    per_operation: pd.DataFrame
    over_time: pd.DataFrame


BUCKETS = {timedelta(hours=1): timedelta(minutes=2), timedelta(days=1): timedelta(hours=1)}
"""Periods that calls are summed up for, and how long a bar of each is."""


class CallLog:
    """Reads the table `upstream_call`."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def search(self, actor: Actor, filters: CallFilters, before: str | None = None) -> CallPage:
        """One page of the log; `before` is the cursor of an earlier page.

        Raises `InvalidInput` where the filters speak of something that is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        filters = replace(filters, about=id_filter(filters.about))
        self._audit.note(actor, "calls.search", details=filters.summary())
        return self.watch_page(actor, filters, before)

    def watch_page(self, actor: Actor, filters: CallFilters, before: str | None = None) -> CallPage:
        """The same page again, for a view that shows what `search` has noted already."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        wanted = select(UpstreamCall).order_by(col(UpstreamCall.id).desc())
        if filters.path:
            wanted = wanted.where(col(UpstreamCall.path) == filters.path)
        if filters.outcome:
            failed = col(UpstreamCall.error_kind).is_not(None)
            wanted = wanted.where(failed if filters.outcome == "failed" else ~failed)
        if filters.about:
            wanted = wanted.where(
                (col(UpstreamCall.patient_id) == filters.about)
                | (col(UpstreamCall.query_id) == filters.about)
                | (col(UpstreamCall.upstream_request_id) == filters.about)
            )
        if before:
            wanted = wanted.where(col(UpstreamCall.id) < before)
        with self._store.read() as session:
            found = session.exec(wanted.limit(PAGE_SIZE + 1)).all()
        rows = found[:PAGE_SIZE]
        return CallPage(rows, rows[-1].id if len(found) > PAGE_SIZE else None)

    def open(self, actor: Actor, call_id: str) -> UpstreamCall:
        """One call; raises `NotInLog`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            call = session.get(UpstreamCall, call_id)
        if call is None:
            raise NotInLog("The log holds no call with this id.")
        self._audit.note(actor, "call.view", patient_id=call.patient_id, of=("call", call.id))
        return call

    def statistics(self, actor: Actor, period: timedelta) -> CallStatistics:
        """How the calls of the last `period` went; `period` is a key of `BUCKETS`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        columns = ("at", "method", "path", "error_kind", "duration_ms")
        until = self._clock()
        wanted = select(*(getattr(UpstreamCall, name) for name in columns))
        with self._store.read() as session:
            since = col(UpstreamCall.id) >= first_id(until - period)
            rows = session.exec(wanted.where(since)).all()
        calls = pd.DataFrame(rows, columns=columns)
        calls["at"] = pd.to_datetime(calls["at"], utc=True)
        return CallStatistics(
            per_operation(calls), over_time(calls, until - period, until, BUCKETS[period])
        )

    def paths(self, actor: Actor) -> list[str]:
        """Every operation's path that was called so far."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            return sorted(session.exec(select(UpstreamCall.path).distinct()).all())

    def budgets(self, actor: Actor) -> list[Budget]:
        """What is left of each documented limit in this minute."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        return self.budgets_now(self._clock())

    def budgets_now(self, now: datetime) -> list[Budget]:
        """The same without a viewer, for work in the background."""
        since = now - _MINUTE
        with self._store.read() as session:
            asked = session.exec(
                select(QuerySource.type, func.count())
                .join(NetworkQuery, col(NetworkQuery.id) == col(QuerySource.query_id))
                .where(col(NetworkQuery.submitted_at) > since)
                .group_by(col(QuerySource.type))
            ).all()
            called = session.exec(
                select(UpstreamCall.method, UpstreamCall.path, func.count())
                .where(col(UpstreamCall.id) >= first_id(since))
                .group_by(col(UpstreamCall.method), col(UpstreamCall.path))
            ).all()
        calls = {(method, path): number for method, path, number in called}
        used = dict(asked)
        sources = [Budget(queries_of(kind), _PER_SOURCE, used.get(kind, 0)) for kind in _SOURCES]
        return sources + [
            Budget(name, limit, sum(calls.get(one, 0) for one in operations))
            for name, (operations, limit) in _CALL_LIMITS.items()
        ]


def queries_of(kind: str) -> str:
    """The operation under which queries of a source type are limited."""
    return f"{_SOURCES[kind]} queries"


def per_operation(calls: pd.DataFrame) -> pd.DataFrame:
    """The calls, summed up per method and path."""
    grouped = calls.assign(ok=calls["error_kind"].isna()).groupby(["method", "path"])
    table = grouped.agg(
        calls=("ok", "size"),
        success=("ok", "mean"),
        median_ms=("duration_ms", "median"),
        p95_ms=("duration_ms", lambda took: took.quantile(0.95)),
    )
    return table.reset_index().sort_values("calls", ascending=False, ignore_index=True)


def over_time(
    calls: pd.DataFrame, since: datetime, until: datetime, bucket: timedelta
) -> pd.DataFrame:
    """The calls per bucket and outcome; buckets without calls are there too, with 0."""
    starts = calls["at"].dt.floor(bucket)
    outcomes = calls["error_kind"].isna().map({True: "completed", False: "failed"})
    counted = calls.groupby([starts.rename("start"), outcomes.rename("outcome")]).size()
    first = pd.Timestamp(since).floor(bucket)
    every = pd.date_range(first, until, freq=bucket)
    full = pd.MultiIndex.from_product([every, ["completed", "failed"]], names=["start", "outcome"])
    return counted.reindex(full, fill_value=0).rename("calls").reset_index()
