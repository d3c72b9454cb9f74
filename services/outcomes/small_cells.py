"""What product managers may see of groups of people: the rule of small cells. Pure.

For the role product, on every page, export and metric:

1. Everything is by whole calendar weeks or months in UTC that are over, with one filter at a time,
   and without a way to the queries or people behind a number.
2. A number is rounded to a multiple of `SMALL_CELL` (c below), and rates are of rounded numbers.
3. A group is shown if it has more than c people: where it counts queries, sessions or links, more
   than c different people must be behind them. Groups of fewer than c are hidden for their sake. A
   group of exactly c is hidden so that "hidden" never means "fewer than c" for certain.
4. Where hidden groups of one whole have fewer than c people together, the smallest shown group is
   hidden too, with all that are as small.
5. A percentile is shown where more than c values lie beyond it: the 99th of ten people would be the
   time of one of them.
6. A number of a longer time is the sum of the rounded numbers of its weeks or months.

Why nobody finds a small group by subtracting. A shown number r stands for c different true ones,
r - c/2 to r + (c-1)/2. So what can be the true value of any sum or difference of shown numbers that
has at least one of them more than c behind it spans c values without a gap; and c values in a row
are never all between 1 and c - 1. What is hidden is 0 to c for certain, and that cuts a value off
only above c. Only the first shown multiple stands for fewer values, because smaller groups are
hidden: it is c, for c + 1 to c + (c-1)/2. Whatever is part of such a group, beside another shown
one, can be 0. `tests/outcomes/small_cells` goes through all of it, for each c from 2 to 12.

What the rule does not promise: somebody who puts a great many views together may narrow down what
is hidden. Rounding bounds how far; only noise would forbid it, and with noise no number were right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from services.errors import InvalidInput

WIDTHS = ("week", "month")
"""The calendar periods that product sees, in UTC; weeks begin on Monday."""

_MOST_PERIODS = 120


@dataclass(frozen=True)
class SmallCells:
    """The rule for one value of `SMALL_CELL`, which is at least 2."""

    cell: int

    def shows(self, people: int) -> bool:
        """Whether a group of so many people is shown."""
        return people > self.cell

    def rounded(self, number: int) -> int:
        """The nearest multiple of the cell, of two equally near ones the greater.

        0 for what is not shown, for which 0 may not be drawn: it does not say that there is none.
        """
        return self._multiple(number) if self.shows(number) else 0

    def rate(self, part: int, whole: int) -> float | None:
        """`part` of `whole`, 0 to 1, both rounded; None where one of them is hidden."""
        if not (self.shows(part) and self.shows(whole)):
            return None
        return min(1.0, self._multiple(part) / self._multiple(whole))

    def shows_percentile(self, number: int, share: float) -> bool:
        """Whether the percentile at `share` (0 to 1) of so many values says nothing of a few."""
        beyond = number * min(share, 1 - share)
        # 0.99 has no exact binary form: 600 values leave 6 beyond it, and not 6.000000000000005.
        return self.shows(int(beyond + 1e-9))

    def suppressed(
        self,
        frame: pd.DataFrame,
        column: str = "n",
        by: Sequence[str] = ("start",),
        people: "pd.Series[Any] | None" = None,
        additive: bool = True,
    ) -> pd.DataFrame:
        """The rows of `frame` that are shown, with `column` rounded; the index is kept.

        Rows with the same values of `by` are the groups of one whole. `people` are the people
        behind each row, at least up to one more than the cell; None where `column` counts people.
        `additive` is whether the rows of a whole add up to it: rows that contain each other, as the
        steps of a funnel, do not, and need no second one hidden.
        """
        behind = frame[column] if people is None else people.reindex(frame.index).fillna(0)
        # A person may be behind many things, but a thing has at most one person.
        behind = np.minimum(behind.to_numpy(np.int64), frame[column].to_numpy(np.int64))
        shown = behind > self.cell
        if additive and len(frame):
            numbers = pd.Series(range(len(frame)))
            wholes = [frame[name].to_numpy() for name in by]
            groups = numbers.groupby(wholes, dropna=False) if wholes else [((), numbers)]
            for _, rows in groups:
                self._hide_another(frame[column].to_numpy(), behind, shown, rows.to_numpy())
        kept = frame[shown]
        rounded = [self._multiple(int(number)) for number in kept[column]]
        found: pd.DataFrame = kept.assign(**{column: rounded})
        return found

    def _hide_another(self, numbers: Any, behind: Any, shown: Any, rows: Any) -> None:
        """Hide the smallest shown groups of one whole where the hidden ones are too few people."""
        hidden = int(behind[rows[~shown[rows]]].sum())
        visible = rows[shown[rows]]
        if 0 < hidden < self.cell and len(visible):
            # All that are as small: an order among equals would tell them apart.
            shown[visible[numbers[visible] == numbers[visible].min()]] = False

    def _multiple(self, number: int) -> int:
        return (number + self.cell // 2) // self.cell * self.cell


def whole_periods(width: str, now: datetime, number: int) -> tuple[list[datetime], datetime]:
    """The last `number` whole calendar weeks or months before `now`: their starts, and the end.

    In UTC, ascending; the end is where the last one ends, at or before `now` (aware). Raises
    `InvalidInput` for another width, or a number that is not 1 to 120.
    """
    if width not in WIDTHS or not 1 <= number <= _MOST_PERIODS:
        raise InvalidInput(f"Choose 1 to {_MOST_PERIODS} whole weeks or months.")
    end = start_of(width, now.astimezone(UTC).date())
    days = [end]
    for _ in range(number):
        days.append(start_of(width, days[-1] - timedelta(days=1)))
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in reversed(days)]
    return moments[:-1], moments[-1]


def start_of(width: str, day: date) -> date:
    """The first day of the calendar week or month of `day`."""
    return day.replace(day=1) if width == "month" else day - timedelta(days=day.weekday())


def require_whole(starts: Sequence[datetime], end: datetime, now: datetime) -> None:
    """Raise `InvalidInput` unless the buckets are whole calendar weeks or months that are over."""
    widths = {_width_of(*pair) for pair in pairwise([*starts, end])}
    if not starts or end > now or len(widths) != 1 or None in widths:
        raise InvalidInput("Your role sees whole calendar weeks or months in UTC that are over.")


def require_one_filter(*in_use: bool) -> None:
    """Raise `InvalidInput` where more than one filter is in use."""
    if sum(in_use) > 1:
        raise InvalidInput(
            "Your role can use one filter at a time.",
            {"filters": "Two filters at once could lead to a few people."},
        )


def _begins(width: str, moment: datetime) -> bool:
    utc = moment.astimezone(UTC)
    midnight = datetime(utc.year, utc.month, utc.day, tzinfo=UTC)
    return utc == midnight and start_of(width, utc.date()) == utc.date()


def _width_of(since: datetime, until: datetime) -> str | None:
    """Which calendar period lies between the two, or None."""
    if until - since == timedelta(weeks=1):
        return "week" if _begins("week", since) else None
    whole = _begins("month", since) and _begins("month", until)
    month = start_of("month", (since + timedelta(days=31)).astimezone(UTC).date())
    return "month" if whole and until.astimezone(UTC).date() == month else None
