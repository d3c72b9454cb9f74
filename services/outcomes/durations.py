"""How long sources took, from the histograms of the rollups. Pure.

A histogram is an array of counts, one entry for each of `histogram.edges()`.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.outcomes.rollups.histogram import edges, percentile
from services.outcomes.small_cells import SmallCells
from services.queries.status import COMPLETED

PERCENTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99}
"""Columns of the tables, with the share of the attempts that took at most so long."""

_COLUMNS_PER_DECADE = 6
_Bins = NDArray[np.int64]


def time_to_finish(
    times: pd.DataFrame, sources: pd.DataFrame, cells: SmallCells | None = None
) -> pd.DataFrame:
    """Seconds that completed attempts took, per source type and purpose of use.

    type, purpose, median, p90, p99, attempts (those with both times, which the figures are of), and
    queries (those in which all latest attempts of the type completed). `times`: start, type,
    purpose, n, bins; `sources` as of `tables.success_by_source`. With `cells`, percentiles of a few
    are missing, and numbers are rounded.
    """
    completed = sources[sources["result"] == COMPLETED].groupby(["type", "purpose"])["n"].sum()
    rows = [
        (*key, *_figures(_added(group), cells), int(completed.get(key, 0)))
        for key, group in times.groupby(["type", "purpose"])
    ]
    columns = ["type", "purpose", *PERCENTILES, "attempts", "queries"]
    return _shown(pd.DataFrame(rows, columns=columns))


def times_over_time(
    times: pd.DataFrame, starts: Sequence[datetime], cells: SmallCells | None = None
) -> pd.DataFrame:
    """The same per bucket: start (one of `starts`), place, type, purpose, median … attempts."""
    places = {pd.Timestamp(start): place for place, start in enumerate(starts)}
    rows = [
        (
            line["start"], places[line["start"]], line["type"], line["purpose"],
            *_figures(line["bins"], cells),
        )
        for line in times.to_dict("records")
    ]  # fmt: skip
    columns = ["start", "place", "type", "purpose", *PERCENTILES, "attempts"]
    return _shown(pd.DataFrame(rows, columns=columns))


def distribution(times: pd.DataFrame, cells: SmallCells | None = None) -> pd.DataFrame:
    """Attempts by how long they took: type, purpose, low, high (seconds), attempts, share.

    Columns of one ratio, so that each is as wide as the others on a logarithmic axis; those in
    between without attempts are there too.
    """
    rows: list[tuple[Any, ...]] = []
    for key, group in times.groupby(["type", "purpose"]):
        rows += [(*key, *column) for column in _columns_of(_added(group))]
    table = pd.DataFrame(rows, columns=["type", "purpose", "low", "high", "attempts"])
    if cells:
        table = cells.suppressed(table, "attempts", by=("type", "purpose"))
    whole = table.groupby(["type", "purpose"])["attempts"].transform("sum")
    return table.assign(share=table["attempts"] / whole)


def _added(durations: pd.DataFrame) -> _Bins:
    """The histograms of all rows as one."""
    added: _Bins = np.sum(np.stack(list(durations["bins"])), axis=0)
    return added


def _columns_of(bins: _Bins) -> list[tuple[float, float, int]]:
    counted = [(_column(int(place)), int(bins[place])) for place in np.flatnonzero(bins)]
    if not counted:
        return []
    numbers: dict[int, int] = {}
    for column, number in counted:
        numbers[column] = numbers.get(column, 0) + number
    return [
        (_bound(column), _bound(column + 1), numbers.get(column, 0))
        for column in range(min(numbers), max(numbers) + 1)
    ]


def _column(place: int) -> int:
    """The wide column that the middle of a narrow bin lies in; of the first bin, the lowest."""
    low, high = _EDGES[place], _EDGES[place + 1]
    middle = low if math.isinf(high) else math.sqrt(max(low, _EDGES[1] / 2) * high)
    return math.floor(math.log10(middle) * _COLUMNS_PER_DECADE)


def _bound(column: int) -> float:
    return float(10 ** (column / _COLUMNS_PER_DECADE))


def _figures(bins: _Bins, cells: SmallCells | None) -> list[float]:
    """The percentiles of a histogram, then the number in it: as much of them as may be shown."""
    number = int(bins.sum())
    found = [
        percentile(bins, share)
        if cells is None or cells.shows_percentile(number, share)
        else math.nan
        for share in PERCENTILES.values()
    ]
    return [*found, cells.rounded(number) if cells else number]


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of which anything is shown, with percentiles as numbers also where there is none."""
    numbers = table.astype(dict.fromkeys(PERCENTILES, float) | {"attempts": "int64"})
    return numbers[numbers["attempts"] > 0]


_EDGES = edges()
