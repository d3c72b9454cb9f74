"""The tables that Outcomes charts, made from the counts of a period. Pure.

Each table has all its columns, also where there is nothing to count. Treatment and IAS are never
added up in one.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from services.outcomes.buckets import bucket_starts, starts_of
from services.outcomes.frames import NO_RECORDS
from services.outcomes.rollups.cubes import HIDDEN_FAILURE
from services.queries.requests import IAS
from services.queries.status import (
    COMPLETED,
    FAILED,
    FINISHED,
    NOT_STARTED,
    PARTIAL,
    PROCESSING,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
)

ENOUGH = 10
"""Queries below which a figure is not compared: one more would change a rate by over 10 points."""

ENDED = FINISHED | {HIDDEN_FAILURE, NO_RECORDS}
"""Outcomes of queries that upstream ran to their end."""

UNDER_WAY = frozenset({SUBMITTING, PROCESSING})
"""Outcomes, and results of sources, that are not final."""

NOT_ANSWERED = (UNCONFIRMED, NOT_STARTED)
"""Outcomes of queries whose start nobody answered."""


@dataclass(frozen=True)
class Headline:
    """The figures above the charts; rates are 0 to 1, None where nothing ended.

    `ended` are the queries that upstream ran to their end, which the rates of an outcome are of;
    the share of IAS is of all `queries`. `by_outcome` counts the queries of each outcome.
    """

    queries: int
    ended: int
    completed_rate: float | None
    failed_rate: float | None
    ias_share: float | None
    by_outcome: dict[str, int]

    def number(self, *outcomes: str) -> int:
        """How many queries had one of these outcomes."""
        return sum(self.by_outcome.get(outcome, 0) for outcome in outcomes)


def headline(counts: pd.DataFrame) -> Headline:
    """The figures of one period; `counts`: purpose, outcome, n, with any further columns."""
    by_outcome = {str(name): int(n) for name, n in counts.groupby("outcome")["n"].sum().items()}
    queries = sum(by_outcome.values())
    ended = sum(number for outcome, number in by_outcome.items() if outcome in ENDED)
    ias = int(counts[counts["purpose"] == IAS]["n"].sum())
    return Headline(
        queries=queries,
        ended=ended,
        completed_rate=_share(by_outcome.get(COMPLETED, 0), ended),
        failed_rate=_share(by_outcome.get(FAILED, 0), ended),
        ias_share=_share(ias, queries),
        by_outcome=by_outcome,
    )


def headlines(counts: pd.DataFrame) -> dict[str, Headline]:
    """The figures of each purpose of use that there is."""
    return {str(purpose): headline(of_purpose) for purpose, of_purpose in counts.groupby("purpose")}


def status_over_time(
    counts: pd.DataFrame,
    bucket: str,
    zone: str,
    since: datetime,
    until: datetime,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Queries per bucket: start, since, until, purpose, status, queries, whole.

    `counts` (start, purpose, outcome, n) are of the queries submitted from `since` to before
    `until`, and `bucket` is one of `buckets.BUCKETS`. Buckets without queries are there too, with
    0, so that a gap looks like a gap. `start` is the bucket's (aware, in `zone`); `since` and
    `until` (UTC) bound the part of it that lies in the period, and `whole` is whether that is all
    of it and over `now`.
    """
    starts = pd.DatetimeIndex(bucket_starts(bucket, ZoneInfo(zone), since, until), tz="UTC")
    keys = [starts_of(counts["start"], starts), counts["purpose"], counts["outcome"]]
    counted = counts.groupby(keys)["n"].sum().to_dict()
    # Every kind in every bucket: a bucket without a row would leave no gap in the chart.
    kinds = sorted(set(zip(counts["purpose"], counts["outcome"], strict=True)))
    rows = [
        (start, *kind, int(counted.get((start, *kind), 0)))
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
    """How each source ended: type, purpose, result, queries, share (0 to 1).

    `sources`: start, type, result, purpose, n. Each query counts once for each type that it asked;
    shares are of the type's queries of a purpose.
    """
    counted = sources.groupby(["type", "purpose", "result"])["n"].sum().rename("queries")
    table = counted.reset_index()
    whole = table.groupby(["type", "purpose"])["queries"].transform("sum")
    return table.assign(share=table["queries"] / whole)


def sources_over_time(sources: pd.DataFrame, edges: Sequence[datetime]) -> pd.DataFrame:
    """Volume and success of each source per bucket.

    start (one of `edges`, UTC), place (its position in them), type, purpose, queries, ended and
    completed (numbers of queries) and rate (completed of ended, missing where none ended).
    """
    keys = ["start", "type", "purpose"]
    numbers = sources["n"].astype("int64")
    counted = sources[keys].assign(
        queries=numbers,
        ended=numbers.where(~sources["result"].isin(UNDER_WAY), 0),
        completed=numbers.where(sources["result"] == COMPLETED, 0),
    )
    table = counted.groupby(keys)[["queries", "ended", "completed"]].sum().reset_index()
    rate = table["completed"] / table["ended"].where(table["ended"] > 0)
    places = {pd.Timestamp(edge): place for place, edge in enumerate(edges)}
    return table.assign(rate=rate, place=table["start"].map(places).astype("int64"))


def completed_over_time(counts: pd.DataFrame, edges: Sequence[datetime]) -> pd.DataFrame:
    """The share of queries that completed, of those that ended, per bucket and purpose of use.

    start (one of `edges`, UTC), place (its position in them), purpose, ended, completed, rate.
    Buckets in which no query ended are missing.
    """
    keys, numbers = ["start", "purpose"], counts["n"].astype("int64")
    counted = counts[keys].assign(
        ended=numbers.where(counts["outcome"].isin(ENDED), 0),
        completed=numbers.where(counts["outcome"] == COMPLETED, 0),
    )
    table = counted.groupby(keys)[["ended", "completed"]].sum().reset_index()
    table = table[table["ended"] > 0]
    places = {pd.Timestamp(edge): place for place, edge in enumerate(edges)}
    return table.assign(
        rate=table["completed"] / table["ended"],
        place=table["start"].map(places).astype("int64"),
    )


def completed_by_records(records: pd.DataFrame) -> pd.DataFrame:
    """Completed queries by what was found: purpose, records, queries, share (0 to 1)."""
    counted = records.groupby(["purpose", "records"])["n"].sum().rename("queries")
    table = counted.reset_index()
    whole = table.groupby("purpose")["queries"].transform("sum")
    return table.assign(share=table["queries"] / whole)


FACILITY_COLUMNS = {
    "partial": (PARTIAL,),
    "hidden": (HIDDEN_FAILURE,),
    "failed": (FAILED,),
    "rejected": (REJECTED,),
    "not_answered": NOT_ANSWERED,
}
"""Columns of what did not complete, with the outcomes that each counts."""


def by_facility(facilities: pd.DataFrame) -> pd.DataFrame:
    """Queries of each facility and purpose of use, most first.

    facility (None for those without one), purpose, queries, completed, and those of
    `FACILITY_COLUMNS`.
    """
    rows = [
        {"facility": facility if isinstance(facility, str) else None, "purpose": purpose}
        | _numbers(dict(zip(group["outcome"], group["n"], strict=True)))
        for (facility, purpose), group in facilities.groupby(["facility", "purpose"], dropna=False)
    ]
    table = pd.DataFrame(
        rows, columns=["facility", "purpose", "queries", "completed", *FACILITY_COLUMNS]
    )
    return table.sort_values("queries", ascending=False, kind="stable")


def _numbers(by_outcome: dict[str, int]) -> dict[str, int]:
    columns = {
        name: sum(int(by_outcome.get(outcome, 0)) for outcome in outcomes)
        for name, outcomes in FACILITY_COLUMNS.items()
    }
    completed = int(by_outcome.get(COMPLETED, 0))
    return {"queries": int(sum(by_outcome.values())), "completed": completed} | columns


def _share(number: int, of: int) -> float | None:
    return number / of if of else None
