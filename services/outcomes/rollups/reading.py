"""Answers what charts ask of the rollups, with what waits to be folded: never late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from services.outcomes.rollups.cubes import Cube
from services.outcomes.rollups.people import PersonCounting
from services.store import Store


@dataclass(frozen=True)
class Part:
    """Which part of the log a chart is about.

    `facility_id` is None for all of them. Queries that other programs started with our key, and
    people of a test, can be left out.
    """

    facility_id: str | None = None
    leave_out_external: bool = False
    leave_out_tests: bool = True


class Rollups:
    """Reads the table `rollup` and the waiting rows of `log_change`, in one snapshot."""

    def __init__(self, store: Store, people: PersonCounting | None = None) -> None:
        """`people` is needed for cubes of people, so that those who wait are counted too."""
        self._store = store
        self._people = people

    def counts(
        self, cube: Cube, starts: Sequence[datetime], end: datetime, part: Part = Part()
    ) -> pd.DataFrame:
        """How many things of which values there are in each bucket.

        `starts` (aware, ascending) begin the buckets, the last of which ends before `end`. Columns:
        `start` (one of `starts`, in UTC), those of `cube.values`, and `n`. Rows with 0 are left
        out, and `start` ascends.
        """
        return pd.DataFrame(columns=["start", *cube.values, "n"])

    def durations(
        self, cube: Cube, starts: Sequence[datetime], end: datetime, part: Part = Part()
    ) -> pd.DataFrame:
        """The same for a cube of durations, with `bins`: their histogram as an array of int64."""
        return pd.DataFrame(columns=["start", *cube.values, "n", "bins"])
