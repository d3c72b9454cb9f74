"""The most frequent errors of a period, with their course. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

COLUMNS = ["where", "error", "status", "purpose", "queries", "first", "last", "trend"]

_KEYS = ["where", "error", "status", "purpose"]


def top_errors(errors: pd.DataFrame, starts: Sequence[datetime], most: int = 8) -> pd.DataFrame:
    """The most frequent errors of the period that is divided by `starts` (UTC).

    `errors`: start, where, error, status, purpose, n. Answers where (a source type or `OF_QUERY`),
    error (normalised), status (HTTP, or missing), purpose, queries, first and last (the positions
    in `starts` of the buckets in which it was seen first and last), and trend: a list of the
    numbers of queries per bucket.
    """
    places = {pd.Timestamp(start): place for place, start in enumerate(starts)}
    together = errors.assign(status=errors["status"].astype("Float64"))
    # Many errors have no HTTP status: they count too.
    rows = [
        _line(key, group, places) for key, group in together.groupby(_KEYS, dropna=False, sort=True)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table.assign(status=table["status"].astype("Float64"))
    return table.sort_values("queries", ascending=False, kind="stable").head(most)


def _line(key: Any, group: pd.DataFrame, places: dict[Any, int]) -> tuple[Any, ...]:
    trend = [0] * len(places)
    for start, number in zip(group["start"], group["n"], strict=True):
        trend[places[start]] += int(number)
    seen = [place for place, number in enumerate(trend) if number]
    return (*key, sum(trend), seen[0], seen[-1], trend)
