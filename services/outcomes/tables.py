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
from services.queries.requests import IAS
from services.queries.status import COMPLETED, FAILED, FINISHED

_PERCENTILES = {0.5: "median", 0.9: "p90", 0.99: "p99"}


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
        ias_share=_share(queries["purpose"] == IAS),
    )


def status_over_time(
    queries: pd.DataFrame, bucket: str, zone: str, since: datetime, until: datetime
) -> pd.DataFrame:
    """Queries per bucket: start (aware, in `zone`), purpose, status, queries.

    `bucket` is one of `buckets.BUCKETS`, and `queries` are those submitted from `since` to before
    `until`: each is counted once. Buckets without queries are there too, with 0, so that a gap
    looks like a gap.
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
    return table.assign(start=pd.to_datetime(table["start"], utc=True).dt.tz_convert(zone))


def success_by_source(sources: pd.DataFrame) -> pd.DataFrame:
    """Attempts per source type and status: type, status, attempts, share (0 to 1 of its type)."""
    counted = sources.groupby(["type", "status"]).size().rename("attempts").reset_index()
    counted["share"] = counted["attempts"] / counted.groupby("type")["attempts"].transform("sum")
    return counted


def time_to_finish(sources: pd.DataFrame) -> pd.DataFrame:
    """Seconds that completed attempts took, per source type: type, median, p90, p99, attempts.

    Empty where no attempt has completed yet.
    """
    completed = sources[(sources["status"] == COMPLETED) & sources["seconds"].notna()]
    grouped = completed.groupby("type")["seconds"]
    table = grouped.quantile(np.array(list(_PERCENTILES))).unstack().rename(columns=_PERCENTILES)
    # Without any attempt there is nothing to unstack, and the columns would be missing.
    table = table.reindex(columns=list(_PERCENTILES.values()))
    return table.assign(attempts=grouped.size()).reset_index().rename_axis(columns=None)


def top_errors(facts: OutcomeFacts, most: int = 8) -> pd.DataFrame:
    """The most frequent errors: where ("query" or a source type), error, status, times."""
    sources = facts.sources.dropna(subset=["error_message"])
    queries = facts.queries.dropna(subset=["error_title"])
    # A source's message and a query's title can be the same words, so each keeps where it is from.
    errors = pd.concat(
        [
            _make_errors(sources["type"], sources["error_message"], sources["error_status"]),
            _make_errors("query", queries["error_title"], queries["error_status"]),
        ]
    )
    # Many errors have no HTTP status: they count too.
    counted = errors.groupby(["where", "error", "status"], dropna=False).size().rename("times")
    return counted.reset_index().sort_values("times", ascending=False, kind="stable").head(most)


def _share(hits: "pd.Series[Any]") -> float | None:
    return float(hits.mean()) if len(hits) else None


def _make_errors(where: Any, error: "pd.Series[Any]", status: "pd.Series[Any]") -> pd.DataFrame:
    return pd.DataFrame({"where": where, "error": error, "status": status.astype("Float64")})
