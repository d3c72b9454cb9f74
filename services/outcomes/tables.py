"""The tables that Outcomes charts, made from the facts of a period. Pure.

Each table has all its columns, also where there is nothing to count.
"""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from services.outcomes.buckets import bucket_starts, starts_of
from services.outcomes.outcomes import OutcomeFacts
from services.queries.filters import MIXED, OF_QUERY
from services.queries.requests import IAS
from services.queries.status import COMPLETED, FAILED, FINISHED

_PERCENTILES = {0.5: "median", 0.9: "p90", 0.99: "p99"}


ENOUGH = 10
"""Queries below which a figure is not compared: one more would change a rate by over 10 points."""


@dataclass(frozen=True)
class Headline:
    """The figures above the charts; rates are 0 to 1, None where nothing ended.

    `ended` are the queries that upstream ran to their end, which the first two rates are of; the
    share of IAS is of all `queries`.
    """

    queries: int
    ended: int
    completed_rate: float | None
    failed_rate: float | None
    ias_share: float | None


def headline(queries: pd.DataFrame) -> Headline:
    """The figures of one period. Rates are of the queries that upstream ran to their end."""
    ended = queries[queries["status"].isin(FINISHED)]["status"]
    return Headline(
        queries=len(queries),
        ended=len(ended),
        completed_rate=_share(ended == COMPLETED),
        failed_rate=_share(ended == FAILED),
        ias_share=_share(queries["purpose"] == IAS),
    )


def status_over_time(
    queries: pd.DataFrame,
    bucket: str,
    zone: str,
    since: datetime,
    until: datetime,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Queries per bucket: start, since, until, purpose, status, queries, whole.

    `bucket` is one of `buckets.BUCKETS`, and `queries` are those submitted from `since` to before
    `until`: each is counted once. Buckets without queries are there too, with 0, so that a gap
    looks like a gap. `start` is the bucket's (aware, in `zone`); `since` and `until` (UTC) bound
    the part of it that lies in the period, and `whole` is whether that is all of it and over `now`.
    """
    starts = pd.DatetimeIndex(bucket_starts(bucket, ZoneInfo(zone), since, until), tz="UTC")
    keys = [starts_of(queries["submitted_at"], starts), queries["purpose"], queries["status"]]
    counted = queries.groupby(keys).size().to_dict()
    # Every kind in every bucket: a bucket without a row would leave no gap in the chart.
    kinds = sorted(set(zip(queries["purpose"], queries["status"], strict=True)))
    rows = [
        (start, *kind, counted.get((start, *kind), 0))
        for start, kind in itertools.product(starts, kinds)
    ]
    table = pd.DataFrame(rows, columns=["start", "purpose", "status", "queries"])
    table = table.merge(_bounds(starts, since, until, now or until), on="start", how="left")
    return table.assign(start=pd.to_datetime(table["start"], utc=True).dt.tz_convert(zone))


def _bounds(
    starts: pd.DatetimeIndex, since: datetime, until: datetime, now: datetime
) -> pd.DataFrame:
    """For each bucket its part of the period, and whether it is all of it and over."""
    ends = [*starts[1:], until]
    rows = [
        (start, max(start, since), min(end, until), start >= since and end <= now)
        for start, end in zip(starts, ends, strict=True)
    ]
    return pd.DataFrame(rows, columns=["start", "since", "until", "whole"])


def success_by_source(sources: pd.DataFrame) -> pd.DataFrame:
    """How each source type ended: type, result, queries, share (0 to 1 of the type's queries).

    Each query counts once for each type that it asked, by its latest attempts: `result` is the
    status that they share, or `MIXED`.
    """
    latest = sources[sources["latest"].astype(bool)]
    statuses = latest.groupby(["query", "type"])["status"].agg(["first", "nunique"])
    results = statuses["first"].where(statuses["nunique"] == 1, MIXED).rename("result")
    counted = results.reset_index().groupby(["type", "result"]).size().rename("queries")
    table = counted.reset_index()
    table["share"] = table["queries"] / table.groupby("type")["queries"].transform("sum")
    return table


def time_to_finish(sources: pd.DataFrame) -> pd.DataFrame:
    """Seconds that completed attempts took, per source type.

    type, median, p90, p99, attempts (those with both times, which the figures are of), and queries
    (those with any completed attempt). Empty where no attempt has completed yet.
    """
    completed = sources[sources["status"] == COMPLETED]
    grouped = completed[completed["seconds"].notna()].groupby("type")["seconds"]
    table = grouped.quantile(np.array(list(_PERCENTILES))).unstack().rename(columns=_PERCENTILES)
    # Without any attempt there is nothing to unstack, and the columns would be missing.
    table = table.reindex(columns=list(_PERCENTILES.values()))
    queries = completed.groupby("type")["query"].nunique().reindex(table.index)
    table = table.assign(attempts=grouped.size(), queries=queries)
    return table.reset_index().rename_axis(columns=None)


def top_errors(facts: OutcomeFacts, most: int = 8) -> pd.DataFrame:
    """The most frequent errors: where, error, status, and the number of queries that have it.

    `where` is a source type or `OF_QUERY`.
    """
    sources = _with_text(facts.sources, "error_message").drop_duplicates(
        # A query that got the same error from several attempts has it once.
        ["query", "type", "error_message", "error_status"]
    )
    queries = _with_text(facts.queries, "error_title")
    # A source's message and a query's title can be the same words, so each keeps where it is from.
    errors = pd.concat(
        [
            _make_errors(sources["type"], sources["error_message"], sources["error_status"]),
            _make_errors(OF_QUERY, queries["error_title"], queries["error_status"]),
        ]
    )
    # Many errors have no HTTP status: they count too.
    counted = errors.groupby(["where", "error", "status"], dropna=False).size().rename("queries")
    return counted.reset_index().sort_values("queries", ascending=False, kind="stable").head(most)


def _with_text(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame[frame[column].fillna("") != ""]


def _share(hits: "pd.Series[Any]") -> float | None:
    return float(hits.mean()) if len(hits) else None


def _make_errors(where: Any, error: "pd.Series[Any]", status: "pd.Series[Any]") -> pd.DataFrame:
    return pd.DataFrame({"where": where, "error": error, "status": status.astype("Float64")})
