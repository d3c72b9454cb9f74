"""The log of calls to the upstream for the staff: a list, one call, and figures."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlmodel import col, select

from services.calls.statistics import BUCKETS, CallStatistics, over_time, per_operation
from services.clock import Clock
from services.errors import NotInLog
from services.pasted_ids import id_filter
from services.staff.audit import Audit
from services.staff.looks import filters_in_use
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.distinct import distinct_values
from services.store.paging import Page, read_page
from services.store.tables import UpstreamCall

CallPage = Page[UpstreamCall]

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

        Raises `NotPermitted`, and `InvalidInput` where `filters.about` is no id.
        """
        self._audit.require(actor, Permission.WEBHOOKS_VIEW)
        filters = filters.checked()
        self._audit.look(actor, "calls.search", details=filters.summary())
        with self._store.read() as session:
            at, row_id = col(UpstreamCall.at), col(UpstreamCall.id)
            return read_page(session, matching_calls(filters), at, row_id, cursor, oldest_first)

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


def matching_calls(filters: CallFilters) -> Any:
    """A select of the calls that match, in no order."""
    wanted = select(UpstreamCall)
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
    return wanted
