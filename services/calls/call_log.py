"""The log of calls to the upstream for the staff: a list, one call, and figures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.calls.statistics import BUCKETS, CallStatistics, over_time, per_operation
from services.clock import Clock
from services.errors import NotInLog
from services.pasted_ids import id_filter
from services.staff.audit import Audit
from services.staff.looks import filters_in_use
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.lists.distinct import distinct_values
from services.store.lists.paging import Page
from services.store.lists.streams import Driver, Listing, driver
from services.store.tables import UpstreamCall

CallPage = Page[UpstreamCall]

_AT: Any = col(UpstreamCall.at)
_KEY: Any = col(UpstreamCall.id)
_FAILED = "failed"

_COLUMNS = ("at", "method", "path", "error_kind", "duration_ms")


@dataclass(frozen=True)
class CallFilters:
    """Which calls to show; an empty field does not filter.

    `path` is a path template, `outcome` is `ok` or `failed`, and `about` is the id of a patient, of
    a query or of a request of upstream.
    """

    path: str | None = None
    outcome: str | None = None
    about: str | None = None

    def summary(self) -> dict[str, str]:
        """The filters in use, for the access log: ids and words only."""
        return filters_in_use(self)

    def checked(self) -> "CallFilters":
        """These filters with `about` as a bare id; raises `InvalidInput` where it is no id."""
        return replace(self, about=id_filter(self.about))

    def listing(self) -> Listing:
        """The list of the calls that match."""
        failed = col(UpstreamCall.error_kind).is_not(None)
        return Listing(
            rows=select(UpstreamCall),
            at=_AT,
            key=_KEY,
            drivers=list(self._drivers(failed)),
            # Nearly all calls are answered well: no index is needed to find them.
            others=[~failed] if self.outcome and self.outcome != _FAILED else [],
        )

    def _drivers(self, failed: ColumnElement[bool]) -> Iterator[Driver]:
        if self.about:
            ids = (UpstreamCall.query_id, UpstreamCall.upstream_request_id, UpstreamCall.patient_id)
            yield driver(_AT, _KEY, *(col(column) == self.about for column in ids))
        if self.outcome == _FAILED:
            yield driver(_AT, _KEY, failed)
        if self.path:
            yield driver(_AT, _KEY, col(UpstreamCall.path) == self.path)


class CallLog:
    """Reads the table `upstream_call`; changes nothing in it."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def search(
        self,
        actor: Actor,
        filters: CallFilters,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> CallPage:
        """One page of the log; `cursor` is that of the page before.

        With several filters it may be one that says how far the log was searched. Raises
        `NotPermitted`, and `InvalidInput` where `filters.about` is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        filters = filters.checked()
        self._audit.look(actor, "calls.search", details=filters.summary())
        with self._store.read() as session:
            return filters.listing().page(session, cursor, oldest_first)

    def open(self, actor: Actor, call_id: str) -> UpstreamCall:
        """One call; raises `NotInLog`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            call = session.get(UpstreamCall, call_id)
        if call is None:
            raise NotInLog("The log holds no call with this id.")
        self._audit.look(actor, "call.view", patient_id=call.patient_id, of=("call", call.id))
        return call

    def statistics(self, actor: Actor, period: timedelta) -> CallStatistics:
        """Figures of the calls of the last `period`, which is a key of `BUCKETS`."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        until = self._clock()
        since = until - period
        wanted = select(*(getattr(UpstreamCall, name) for name in _COLUMNS))
        with self._store.read() as session:
            rows = session.exec(wanted.where(col(UpstreamCall.at) >= since)).all()
        calls = pd.DataFrame(rows, columns=_COLUMNS)
        calls["at"] = pd.to_datetime(calls["at"], utc=True)
        return CallStatistics(per_operation(calls), over_time(calls, since, until, BUCKETS[period]))

    def paths(self, actor: Actor) -> list[str]:
        """The path templates of all calls in the log, in alphabetical order."""
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        with self._store.read() as session:
            return distinct_values(session, UpstreamCall.path)
