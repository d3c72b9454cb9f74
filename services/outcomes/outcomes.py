"""How network queries end: facts of a period, and the pure tables that are charted from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlmodel import Session, col

from services.ids import first_id
from services.queries.status import COMPLETED, FAILED, FINISHED
from services.staff.audit import Audit
from services.staff.permissions import Actor, Permission
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource

BUCKETS = {"hour": "h", "day": "D", "week": "W-MON"}
"""The widths that a chart can show, and pandas' words for them."""


@dataclass(frozen=True)
class OutcomeFacts:
    """What was submitted in a period: numbers and states, no person.

    `queries`: submitted_at (UTC), purpose, status, error_title, error_status.
    `sources`: submitted_at (UTC), purpose, type, status, seconds (of an ended attempt),
    error_status, error_message.
    """

    queries: pd.DataFrame
    sources: pd.DataFrame


class Outcomes:
    """Reads the log for charts."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def facts(self, actor: Actor, since: datetime, until: datetime) -> OutcomeFacts:
        """The facts of the queries submitted from `since` (inclusive) to `until` (exclusive)."""
        self._audit.require(actor, Permission.OUTCOMES_VIEW)
        details = {"since": since.isoformat(), "until": until.isoformat()}
        self._audit.note(actor, "outcomes.view", details=details)
        with self._store.read() as session:
            queries = _queries(session, since, until)
            sources = _sources(session, since, until)
        return OutcomeFacts(queries, sources)


def status_over_time(
    queries: pd.DataFrame, bucket: str, zone: str, since: datetime, until: datetime
) -> pd.DataFrame:
    """Queries per bucket: start (aware, in `zone`), purpose, status, queries.

    `bucket` is a key of `BUCKETS`; weeks begin on Monday. Buckets without queries are there too,
    with 0, so that a gap looks like a gap.
    """
    starts = _floored(queries["submitted_at"].dt.tz_convert(zone), bucket)
    counted = queries.groupby([starts.rename("start"), "purpose", "status"]).size()
    every = _all_starts(bucket, zone, since, until)
    kinds = sorted(set(zip(queries["purpose"], queries["status"], strict=True)))
    full = pd.MultiIndex.from_tuples(
        [(start, *kind) for start in every for kind in kinds], names=["start", "purpose", "status"]
    )
    return counted.reindex(full, fill_value=0).rename("queries").reset_index()


def success_by_source(sources: pd.DataFrame) -> pd.DataFrame:
    """Attempts per source type and status: type, status, attempts, share (0 to 1 of its type)."""
    counted = sources.groupby(["type", "status"]).size().rename("attempts").reset_index()
    counted["share"] = counted["attempts"] / counted.groupby("type")["attempts"].transform("sum")
    return counted


def time_to_finish(sources: pd.DataFrame) -> pd.DataFrame:
    """Seconds that completed attempts took, per source type: type, median, p90, p99, attempts."""
    completed = sources[(sources["status"] == COMPLETED) & sources["seconds"].notna()]
    grouped = completed.groupby("type")["seconds"]
    table = grouped.quantile(np.array([0.5, 0.9, 0.99])).unstack()
    table = table.rename(columns={0.5: "median", 0.9: "p90", 0.99: "p99"})
    table["attempts"] = grouped.size()
    return table.reset_index().rename_axis(columns=None)


def top_errors(facts: OutcomeFacts, most: int = 8) -> pd.DataFrame:
    """The most frequent errors: where ("query" or a source type), error, status, times."""
    of_sources = facts.sources.dropna(subset=["error_message"])
    of_queries = facts.queries.dropna(subset=["error_title"])
    told = pd.concat(
        [
            _told(of_sources["type"], of_sources["error_message"], of_sources["error_status"]),
            _told("query", of_queries["error_title"], of_queries["error_status"]),
        ]
    )
    counted = told.groupby(["where", "error", "status"], dropna=False).size().rename("times")
    return counted.reset_index().sort_values("times", ascending=False, kind="stable").head(most)


@dataclass(frozen=True)
class Headline:
    """The figures above the charts; rates are 0 to 1, None where nothing ended."""

    queries: int
    completed_rate: float | None
    failed_rate: float | None
    ias_share: float | None


def headline(queries: pd.DataFrame) -> Headline:
    """The figures of one period. Rates are of the queries that upstream ran to their end."""
    ended = queries[queries["status"].isin(FINISHED)]["status"]
    return Headline(
        queries=len(queries),
        completed_rate=_share(ended == COMPLETED),
        failed_rate=_share(ended == FAILED),
        ias_share=_share(queries["purpose"] == "ias"),
    )


def _share(hits: "pd.Series[Any]") -> float | None:
    return float(hits.mean()) if len(hits) else None


def _told(where: Any, error: "pd.Series[Any]", status: "pd.Series[Any]") -> pd.DataFrame:
    return pd.DataFrame({"where": where, "error": error, "status": status.astype("Float64")})


def _floored(times: "pd.Series[Any]", bucket: str) -> "pd.Series[Any]":
    """The start of the bucket that each time lies in, in the times' own zone."""
    if bucket == "hour":
        # Taken in UTC: in the hour that a clock is set back, local hours stand twice.
        hours: pd.Series[Any] = times.dt.tz_convert("UTC").dt.floor("h")
        return cast("pd.Series[Any]", hours.dt.tz_convert(times.dt.tz))
    days: pd.Series[Any] = times.dt.tz_localize(None).dt.normalize()
    if bucket == "week":
        days = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    starts = days.dt.tz_localize(times.dt.tz, nonexistent="shift_forward", ambiguous=True)
    return cast("pd.Series[Any]", starts)


def _all_starts(bucket: str, zone: str, since: datetime, until: datetime) -> pd.DatetimeIndex:
    bounds = pd.Series(pd.to_datetime([since, until - pd.Timedelta(microseconds=1)], utc=True))
    first, last = _floored(bounds.dt.tz_convert(zone), bucket)
    return pd.date_range(first, last, freq=BUCKETS[bucket])


def _queries(session: Session, since: datetime, until: datetime) -> pd.DataFrame:
    table = NetworkQuery.__table__.c  # type: ignore[attr-defined]
    wanted = sa.select(
        table.submitted_at, table.purpose, table.status, table.error_title, table.error_status
    )
    return _frame(session, wanted, since, until)


def _sources(session: Session, since: datetime, until: datetime) -> pd.DataFrame:
    query, source = NetworkQuery.__table__.c, QuerySource.__table__.c  # type: ignore[attr-defined]
    wanted = sa.select(
        query.submitted_at,
        query.purpose,
        source.type,
        source.status,
        source.started_at,
        source.completed_at,
        source.error_status,
        source.error_message,
    ).join_from(NetworkQuery, QuerySource)
    frame = _frame(session, wanted, since, until)
    took = _times(frame.pop("completed_at")) - _times(frame.pop("started_at"))
    return frame.assign(seconds=took.dt.total_seconds())


def _frame(
    session: Session, wanted: sa.Select[Any], since: datetime, until: datetime
) -> pd.DataFrame:
    # Ids are ordered by time of submission, so the primary key finds a period.
    ids = col(NetworkQuery.id)
    within = wanted.where(ids >= first_id(since), ids < first_id(until))
    rows = session.connection().execute(within)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.assign(submitted_at=_times(frame["submitted_at"]))


def _times(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.to_datetime(values, utc=True)
