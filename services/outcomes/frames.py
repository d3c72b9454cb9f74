"""Counts of the rollups, put together to what the charts of outcomes are made of. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from services.outcomes.buckets import starts_of
from services.queries.status import COMPLETED

NO_RECORDS = "no_records"
"""The query completed, and its records were counted to none: no success that helps anybody."""

_LEFT_OUT = ("origin", "test")


def summed(counts: pd.DataFrame, number: str = "n") -> pd.DataFrame:
    """Counts without who started the queries and whether for a test, ascending by `start`."""
    kept = [name for name in counts.columns if name not in (*_LEFT_OUT, number)]
    grouped = counts.groupby(kept, dropna=False)[number].sum().reset_index()
    times = pd.to_datetime(grouped["start"], utc=True)
    return grouped.assign(start=times, **{number: grouped[number].astype("int64")})


def added_histograms(durations: pd.DataFrame) -> pd.DataFrame:
    """Durations without who started the queries: start, type, purpose, n, bins."""
    keys = ["start", "type", "purpose"]
    frame = durations.groupby(keys)["n"].sum().reset_index()
    groups = durations.groupby(keys).ngroup().to_numpy()
    # One addition for all groups: each by itself takes pandas a hundred times as long.
    bins = np.zeros((len(frame), len(durations["bins"].iloc[0]) if len(frame) else 0), np.int64)
    if len(frame):
        np.add.at(bins, groups, np.stack(list(durations["bins"])))
    return frame.assign(start=pd.to_datetime(frame["start"], utc=True), bins=list(bins))


def without_records_apart(status: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Counts by outcome, with the completed queries without records as an outcome of their own.

    `status`: start, purpose, outcome, n; `records`: start, purpose, records, n.
    """
    empty = records[records["records"] == "none"].drop(columns="records")
    if empty.empty:
        return status
    moved = [empty.assign(outcome=NO_RECORDS), empty.assign(outcome=COMPLETED, n=-empty["n"])]
    together = summed(pd.concat([status, *moved]))
    return together[together["n"] != 0]


def regrouped(
    pieces: pd.DataFrame, starts: Sequence[datetime], until: datetime, kept: Sequence[str]
) -> pd.DataFrame:
    """Pieces put together to buckets that begin at `starts`, by the columns `kept`.

    What lies before the first bucket, or from `until` on, is left out.
    """
    columns = ["start", *kept]
    if not starts:
        return pd.DataFrame(columns=[*columns, "n"])
    inside = within(pieces, starts[0], until)
    moved = inside.assign(start=starts_of(inside["start"], pd.DatetimeIndex(list(starts), tz=UTC)))
    return moved.groupby(columns)["n"].sum().reset_index()


def within(pieces: pd.DataFrame, since: datetime, until: datetime) -> pd.DataFrame:
    """The pieces that begin from `since` to before `until`."""
    return pieces[(pieces["start"] >= since) & (pieces["start"] < until)]
