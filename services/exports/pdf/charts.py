"""Charts of documents: what they show, with the numbers beside the axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 4


@dataclass(frozen=True)
class Chart:
    """Columns over `labels`: one for each series, side by side or `stacked`.

    A value is None where there is none. `alt` tells it to whoever cannot see it.
    """

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    alt: str
    stacked: bool = False
    unit: str = ""
    top: float | None = None
    """The end of the axis, where it is not the largest value."""

    def data(self) -> dict[str, Any]:
        """The chart as `columns-chart` of `paper.typ` takes it."""
        return {
            "title": self.title,
            "labels": list(self.labels),
            "series": [
                {"name": name, "values": list(values)} for name, values in self.series.items()
            ],
            "alt": self.alt,
            "stacked": self.stacked,
            "unit": self.unit,
            "ticks": ticks(self.top if self.top is not None else self._largest()),
        }

    def _largest(self) -> float:
        columns = zip(*self.series.values(), strict=True)
        heights = [[value or 0 for value in column] for column in columns]
        whole = sum if self.stacked else max
        return max((whole(column) for column in heights), default=0)


def ticks(largest: float) -> list[int]:
    """Whole numbers from zero to at least `largest`, at most six, in steps that read well."""
    step = max(1.0, largest / _TICKS)
    power = 10.0 ** (len(str(int(step))) - 1)
    nice = next(int(part * power) for part in _STEPS if part * power >= step and part * power >= 1)
    return list(range(0, int(nice * max(1, -(-largest // nice))) + 1, nice))
