"""From the rollups' numbers to what the Adoption page shows. Pure.

Each function takes frames as `Rollups` answers them. Where `cells` are given, the viewer's role
sees no small groups: numbers are rounded for each week or month, and then added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from services.outcomes.adoption.cells import NEW, RETURNING
from services.outcomes.adoption.fates import RETRIEVED, UNDECIDED, Fate, LinkFate
from services.outcomes.adoption.person_facts import months_between
from services.outcomes.adoption.steps import Step
from services.outcomes.rollups.histogram import percentile
from services.outcomes.small_cells import SmallCells

Cells = SmallCells | None


@dataclass(frozen=True)
class StepFigure:
    """One step of the funnel.

    `people` reached it, and all steps before it; `before` is the same in the period before.
    `stopped` went no further than this step. `of_previous` and `of_first` are shares (0 to 1), None
    where there is nobody to compare with. Times are from the step before, in seconds; NaN where
    there are none. None stands for what the viewer's role does not see.
    """

    step: Step
    people: int | None
    before: int | None
    stopped: int | None
    of_previous: float | None
    of_first: float | None
    median: float
    p90: float
    bins: "np.ndarray[Any, Any] | None"


@dataclass(frozen=True)
class Yield:
    """AAL2 sessions, and the queries for which at least one source completed with them."""

    satisfied: int
    retrieved: int
    undecided: int

    @property
    def per_retrieval(self) -> float | None:
        """The sessions that were satisfied for each retrieval, undecided ones left out."""
        decided = self.satisfied - self.undecided
        return decided / self.retrieved if self.retrieved else None


def funnel(
    now: pd.DataFrame,
    before: pd.DataFrame,
    times: pd.DataFrame,
    steps: Sequence[Step],
    cells: Cells = None,
) -> list[StepFigure]:
    """The steps with what is known of each; `now` and `before` are of the cube `FUNNEL`."""
    people, earlier = reached(now, len(steps), cells), reached(before, len(steps), cells)
    figures = []
    for position, step in enumerate(steps):
        previous = people[position - 1] if position else None
        following = people[position + 1] if position + 1 < len(steps) else 0
        bins = _bins(times, steps[position - 1], step) if position else None
        number = people[position]
        figures.append(
            StepFigure(
                step,
                number,
                earlier[position],
                # A difference of two rounded numbers is a sum of rounded ones: nothing new.
                None if number is None or following is None else max(number - following, 0),
                _share(number, previous),
                _share(number, people[0]),
                _percentile(bins, 0.5, cells),
                _percentile(bins, 0.9, cells),
                None if cells else bins,
            )
        )
    return figures


def reached(frame: pd.DataFrame, steps: int, cells: Cells = None) -> list[int | None]:
    """How many people reached at least so many steps in a row: for 1, 2, …, `steps`."""
    if cells is None:
        reach, n = (frame[name].to_numpy(np.int64) for name in ("step", "n"))
        return [int(n[reach >= step].sum()) for step in range(1, steps + 1)]
    found: list[int | None] = []
    for step in range(1, steps + 1):
        so_far = frame[frame["step"] >= step] if len(frame) else frame
        by_start = _sum(so_far, ["start"])
        shown = cells.suppressed(by_start, additive=False)
        found.append(int(shown["n"].sum()) if len(shown) else None)
    return found


def active(frame: pd.DataFrame, starts: Sequence[Any], cells: Cells = None) -> pd.DataFrame:
    """Active people: `start`, `new`, `returning`; a row for each of `starts`, NaN for hidden."""
    grouped = _sum(frame, ["start", "kind"])
    shown = cells.suppressed(grouped) if cells else grouped
    blank = float("nan") if cells else 0
    table = pd.DataFrame({"start": pd.DatetimeIndex(list(starts), tz="UTC")})
    for kind in (NEW, RETURNING):
        of_kind = shown[shown["kind"] == kind].set_index("start")["n"]
        table[kind] = [of_kind.get(start, blank) for start in table["start"]]
    return table


@dataclass(frozen=True)
class Cohort:
    """People whose first IAS query was in the month of `month`; `shares` by months later.

    The first share is 1. None stands for what is hidden, or has no whole month yet.
    """

    month: date
    people: int
    shares: list[float | None]


def retention(frame: pd.DataFrame, until: date, cells: Cells = None) -> list[Cohort]:
    """The cohorts in their order; `until` is the first day of the month that is not over."""
    grouped = _sum(frame, ["start", "months"])
    shown = cells.suppressed(grouped, additive=False) if cells else grouped
    cohorts = []
    starts: Any = shown.groupby("start")
    for start, rows in starts:
        people = {int(months): int(n) for months, n in zip(rows["months"], rows["n"], strict=True)}
        whole, month = people.get(0), start.date()
        if whole is None:
            continue
        missing = None if cells else 0
        known = [people.get(later, missing) for later in range(months_between(month, until))]
        cohorts.append(Cohort(month, whole, [_share(number, whole) for number in known]))
    return cohorts


def queries_per_person(frame: pd.DataFrame, cells: Cells = None) -> dict[int, int]:
    """People by how many IAS queries they had in a month; 10 stands for 10 or more."""
    grouped = _sum(frame, ["start", "queries"])
    shown = cells.suppressed(grouped) if cells else grouped
    numbers: Any = shown.groupby("queries")["n"].sum()
    return {int(queries): int(n) for queries, n in numbers.items()}


def ias_share(
    frame: pd.DataFrame, starts: Sequence[Any], purpose: str, cells: Cells = None
) -> list[float | None]:
    """The share of queries with that purpose of all, for each of `starts`; None for no query."""
    whole = _sum(frame, ["start"]).set_index("start")["n"]
    of_purpose = _sum(frame[frame["purpose"] == purpose], ["start"]).set_index("start")["n"]
    shares = []
    for start in pd.DatetimeIndex(list(starts), tz="UTC"):
        part, all_of_them = int(of_purpose.get(start, 0)), int(whole.get(start, 0))
        share = cells.rate(part, all_of_them) if cells else _share(part, all_of_them)
        shares.append(share)
    return shares


def fates(frame: pd.DataFrame, behind: pd.DataFrame | None, cells: Cells = None) -> dict[str, int]:
    """How many sessions, or links of one kind, had each fate; `behind` are the people behind them.

    `behind` has `start`, `fate` and `n`, and is needed with `cells` only.
    """
    grouped = _sum(frame, ["start", "fate"])
    if cells is not None and behind is not None:
        people = _sum(behind, ["start", "fate"]).set_index(["start", "fate"])["n"]
        keys = pd.MultiIndex.from_frame(grouped[["start", "fate"]])
        grouped = cells.suppressed(
            grouped, people=pd.Series(people.reindex(keys).fillna(0).to_numpy(), grouped.index)
        )
    numbers = grouped.groupby("fate")["n"].sum()
    return {str(fate): int(n) for fate, n in numbers.items()}


def yield_of(found: dict[str, int]) -> Yield:
    """The yield of sessions with these fates."""
    return Yield(
        sum(found.values()),
        sum(found.get(fate, 0) for fate in RETRIEVED),
        sum(found.get(fate, 0) for fate in UNDECIDED),
    )


def lost(found: dict[str, int]) -> list[tuple[str, int]]:
    """What became of the sessions without a retrieval, most frequent first."""
    kept = {*RETRIEVED, *UNDECIDED}
    others = [(fate, n) for fate, n in found.items() if fate not in kept]
    return sorted(others, key=lambda pair: (-pair[1], pair[0]))


def unopened_share(found: dict[str, int]) -> float | None:
    """The share of links that nobody opened, of those that were neither replaced nor withdrawn."""
    unopened, opened = found.get(LinkFate.UNOPENED, 0), found.get(LinkFate.OPENED, 0)
    return _share(unopened, unopened + opened)


def received(
    frame: pd.DataFrame, earlier: pd.DataFrame, starts: Sequence[Any], cells: Cells = None
) -> pd.DataFrame:
    """People who received records for the first time: `start`, `n`, and `total` up to its end.

    `earlier` are those of before the first of `starts`, by the same weeks or months.
    """
    shown = [_shown(part, cells) for part in (frame, earlier)]
    numbers = shown[0].set_index("start")["n"]
    table = pd.DataFrame({"start": pd.DatetimeIndex(list(starts), tz="UTC")})
    table["n"] = [int(numbers.get(start, 0)) for start in table["start"]]
    table["total"] = table["n"].cumsum() + int(shown[1]["n"].sum())
    return table


def received_in_all(frame: pd.DataFrame, cells: Cells = None) -> int:
    """People who received records for the first time, of all weeks or months together."""
    return int((_shown(frame, cells) if cells else frame)["n"].sum())


def _shown(frame: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    grouped = _sum(frame, ["start"])
    return cells.suppressed(grouped) if cells else grouped


def _sum(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    # Without rows the columns have no types of their own, by which they could be compared.
    if frame.empty:
        empty = frame.reindex(columns=[*by, "n"]).astype({"n": np.int64})
        return empty.assign(start=pd.DatetimeIndex([], tz="UTC"))
    grouped: Any = frame.groupby(by, as_index=False, dropna=False)
    summed: pd.DataFrame = grouped["n"].sum()
    return summed


def _bins(times: pd.DataFrame, start: Step, end: Step) -> "np.ndarray[Any, Any] | None":
    found = times[(times["from"] == start) & (times["to"] == end)] if len(times) else times
    return None if found.empty else np.sum(np.stack(list(found["bins"])), axis=0)


def _percentile(bins: "np.ndarray[Any, Any] | None", share: float, cells: Cells) -> float:
    if bins is None or (cells and not cells.shows_percentile(int(bins.sum()), share)):
        return float("nan")
    return percentile(bins, share)


def _share(part: int | None, whole: int | None) -> float | None:
    # Rounded numbers of a part may be greater than those of their whole.
    return min(part / whole, 1.0) if part is not None and whole else None


FATE_ORDER: tuple[str, ...] = tuple(str(fate) for fate in Fate)
"""What can become of a session, in the order of charts."""
