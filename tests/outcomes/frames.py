"""Small frames as the rollups answer them, for tests of pure functions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from services.outcomes.rollups.histogram import BINS, bin_of


def counts(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A frame with the columns named in `columns`, such as "start purpose outcome n"."""
    frame = pd.DataFrame(list(rows), columns=columns.split())
    return frame.assign(start=pd.to_datetime(frame["start"], utc=True))


def histogram(seconds: Iterable[float]) -> np.ndarray:
    """The histogram of these durations."""
    bins = np.zeros(BINS, dtype=np.int64)
    for each in seconds:
        bins[bin_of(each)] += 1
    return bins


def times(*rows: tuple[datetime, str, str, list[float]]) -> pd.DataFrame:
    """Durations: a start, a source type, a purpose of use and seconds for each row."""
    lines = [
        (start, kind, purpose, len(seconds), histogram(seconds))
        for start, kind, purpose, seconds in rows
    ]
    frame = pd.DataFrame(lines, columns=["start", "type", "purpose", "n", "bins"])
    return frame.assign(start=pd.to_datetime(frame["start"], utc=True))
