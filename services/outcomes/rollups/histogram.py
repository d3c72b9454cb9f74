"""Durations in bins of equal ratio, which can be added up; percentiles of them. Pure.

A duration from `SHORTEST` to `LONGEST` is told as the middle of its bin, which is at most `ERROR`
away from it. What is shorter stands in the first bin, as 0; what is longer stands in the last one,
as `LONGEST`.
"""

import math

import numpy as np
from numpy.typing import NDArray

ERROR = 0.02
"""The largest relative error of a percentile."""

SHORTEST = 0.01
LONGEST = 60 * 86400.0
"""Bounds in seconds."""

# A bin from a to a·r is told as 2·a·r/(1 + r), which is equally far from both ends, relatively.
_RATIO = (1 + ERROR) / (1 - ERROR)
_STEP = math.log(_RATIO)
_INNER = math.ceil(math.log(LONGEST / SHORTEST) / _STEP)

BINS = _INNER + 2
"""The number of bins, those below `SHORTEST` and above `LONGEST` included."""


def bin_of(seconds: float) -> int:
    """The bin of a duration (seconds, 0 or more)."""
    if seconds < SHORTEST:
        return 0
    if seconds >= LONGEST:
        return BINS - 1
    return min(1 + int(math.log(seconds / SHORTEST) / _STEP), _INNER)


def bins_of(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bins of many durations (seconds, 0 or more)."""
    inner = 1 + np.log(np.maximum(seconds, SHORTEST) / SHORTEST) / _STEP
    found = np.minimum(inner.astype(np.int64), _INNER)
    return np.where(seconds < SHORTEST, 0, np.where(seconds >= LONGEST, BINS - 1, found))


def edges() -> NDArray[np.float64]:
    """The bounds of the bins in seconds: one more than there are bins, the last one infinite."""
    inner = SHORTEST * np.exp(_STEP * np.arange(_INNER))
    return np.concatenate(([0.0], inner, [LONGEST, math.inf]))


def percentile(bins: NDArray[np.int64], share: float) -> float:
    """The duration in seconds that `share` (0 to 1) of those in `bins` do not exceed.

    It is the nearest rank's: one that was measured, but for the error of its bin. `bins` has one
    entry per bin. Answers NaN where there is none.
    """
    total = int(bins.sum())
    if total <= 0:
        return math.nan
    rank = min(max(math.ceil(share * total), 1), total)
    return float(_MIDDLES[int(np.searchsorted(np.cumsum(bins), rank))])


def _middles() -> NDArray[np.float64]:
    low, high = edges()[1:-2], edges()[2:-1]
    return np.concatenate(([0.0], 2 * low * high / (low + high), [LONGEST]))


_MIDDLES = _middles()
