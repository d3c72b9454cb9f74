"""One chart as a table: what a file has of it, and how paper draws it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from services.exports.cells import Cell
from services.exports.pdf.charts import Chart
from services.outcomes.definitions import Definition, definition

Label = Callable[[Any], str]

MOST_SERIES = 5
"""Series that paper tells apart by their patterns."""


@dataclass(frozen=True)
class Picture:
    """A chart on paper: columns, or lines from one label to the next."""

    chart: Chart
    is_lines: bool = False

    def data(self) -> dict[str, Any]:
        """The picture as `page.typ` takes it."""
        return self.chart.data() | {"lines": self.is_lines}


@dataclass(frozen=True)
class ChartTable:
    """The rows behind a chart; `key` is that of its definition.

    The names of columns are those of a file: a time's ends in _utc, a duration's in _seconds, and a
    share is 0 to 1. `pictures` are for paper.
    """

    key: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    pictures: Sequence[Picture] = ()

    @property
    def meaning(self) -> Definition:
        """What the chart shows."""
        return definition(self.key)


def without_zeros(table: ChartTable) -> ChartTable:
    """The table with empty cells in place of zeros, which small groups leave in sums.

    A hidden number is no zero: it may be one, or stand for a few.
    """
    rows = [
        [
            None if name not in _NO_NUMBERS_OF_A_GROUP and _is_zero(cell) else cell
            for name, cell in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _is_zero(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and cell == 0


_NO_NUMBERS_OF_A_GROUP = frozenset({"months_later", "from_seconds"})


def rows_of(frame: pd.DataFrame, columns: Sequence[str]) -> list[list[Cell]]:
    """The values of these columns of a frame, row by row."""
    return [[plain(line[name]) for name in columns] for line in frame.to_dict("records")]


def plain(value: Any) -> Cell:
    """A value of a frame as a cell; what is missing is None, a time is a `datetime`."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        moment: datetime = value.to_pydatetime()
        return moment
    cell: Cell = value.item() if hasattr(value, "item") else value
    return cell


def stacked(
    title: str, frame: pd.DataFrame, names: tuple[str, str, str], label: Label, **looks: Any
) -> Picture:
    """Columns of a frame: their labels, series and numbers are the columns of these `names`.

    Of more than five series the smallest are drawn as one. `looks` are further fields of a `Chart`.
    """
    _, series, numbers = names
    kept = _largest(frame, series, numbers, MOST_SERIES)
    if frame[series].nunique() > len(kept):
        kept = _largest(frame, series, numbers, MOST_SERIES - 1)
        others = frame[series].where(frame[series].isin(kept), OTHERS)
        frame, kept = frame.assign(**{series: others}), [*kept, OTHERS]
    return Picture(_chart(title, frame, names, kept, label, looks))


def lines(
    title: str,
    frame: pd.DataFrame,
    names: tuple[str, str, str],
    label: Label,
    by: str,
    **looks: Any,
) -> Picture:
    """Lines of a frame, of at most the five series with the largest sums of the column `by`.

    They are shares or times, which cannot be added up to a line of all others.
    """
    _, series, _ = names
    kept = _largest(frame, series, by, MOST_SERIES)
    left_out = frame[series].nunique() > len(kept)
    title += f" (the {len(kept)} largest)" if left_out else ""
    return Picture(_chart(title, frame, names, kept, label, looks), is_lines=True)


def _largest(frame: pd.DataFrame, series: str, numbers: str, most: int) -> list[Any]:
    """The series with the largest sums, in the order in which the frame has them."""
    sums = frame.groupby(series)[numbers].sum().sort_values(ascending=False, kind="stable")
    largest = set(sums.index[:most])
    return [name for name in dict.fromkeys(frame[series]) if name in largest]


def _chart(
    title: str,
    frame: pd.DataFrame,
    names: tuple[str, str, str],
    kept: Sequence[Any],
    label: Label,
    looks: dict[str, Any],
) -> Chart:
    labels, series, numbers = names
    places = list(dict.fromkeys(frame[labels]))
    found = frame.groupby([series, labels])[numbers].sum(min_count=1)
    rows = {
        spaced(str(name)): [_number(found.get((name, place))) for place in places] for name in kept
    }
    told = "; ".join(
        f"{name} up to {max((v or 0 for v in row), default=0):,.0f}" for name, row in rows.items()
    )
    return Chart(title, [label(place) for place in places], rows, f"{title}: {told}.", **looks)


OTHERS = "all others"
"""The series of the smallest ones."""


def spaced(word: str) -> str:
    """A word of the log as paper has it."""
    return word.replace("_", " ")


def _number(value: Any) -> float | None:
    cell = plain(value)
    return float(cell) if isinstance(cell, int | float) else None
