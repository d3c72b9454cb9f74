"""Figures of the calls to the upstream for a table and a chart. Pure functions over frames."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

BUCKETS = {timedelta(hours=1): timedelta(minutes=2), timedelta(days=1): timedelta(hours=1)}
"""The periods that can be chosen, each with the length of a bar in its chart."""


@dataclass(frozen=True)
class CallStatistics:
    """Two frames about the calls of a period.

    `per_operation` has method, path, calls, success (0 to 1), and the median and 95th percentile of
    the duration in milliseconds, most called first. `over_time` has start (aware UTC), outcome
    (`completed` or `failed`) and calls.
    """

    per_operation: pd.DataFrame
    over_time: pd.DataFrame


def per_operation(calls: pd.DataFrame) -> pd.DataFrame:
    """The first frame of `CallStatistics`: one row for each method and path."""
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
    """The second frame of `CallStatistics`; buckets without calls are in it, with 0."""
    starts = calls["at"].dt.floor(bucket)
    outcomes = calls["error_kind"].isna().map({True: "completed", False: "failed"})
    counted = calls.groupby([starts.rename("start"), outcomes.rename("outcome")]).size()
    first = pd.Timestamp(since).floor(bucket)
    every = pd.date_range(first, until, freq=bucket)
    # Without the empty buckets, a chart would draw a line straight across a time without calls.
    full = pd.MultiIndex.from_product([every, ["completed", "failed"]], names=["start", "outcome"])
    return counted.reindex(full, fill_value=0).rename("calls").reset_index()
