"""What one query or one person adds to the rollups: numbers at places. Pure.

A place is a cell of a cube (its slice, UTC day and key), a quarter of an hour of that day, and for
a duration the bin of the histogram.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from services.outcomes.rollups.cubes import Cube
from services.outcomes.rollups.histogram import bin_of

WHOLE_DAY = -1
"""In place of a quarter: the cube is asked for whole days in UTC only."""

NO_BIN = -1
"""In place of a bin: the cube counts things, and no durations."""

EVERYTHING = ""
"""The slice of the whole log."""

GONE = "gone"
"""The slice, and the first word of slices, of what the log does not hold any more.

What is purged stays counted. This is needed to compare the rollups with the log.
"""

_LONGEST_KEY = 400


class Place(NamedTuple):
    """Where something is counted; `quarter` is 0 to 95, or `WHOLE_DAY`."""

    cube: str
    slice: str
    day: date
    key: str
    quarter: int
    bin: int


Contributions = dict[Place, int]
"""How often something is counted where. A difference has negative numbers too."""


def of_facility(facility_id: str) -> str:
    """The slice of a facility."""
    return f"facility:{facility_id}"


def slices_of(facility_id: str | None) -> tuple[str, ...]:
    """The slices in which a thing of this facility is counted."""
    return (EVERYTHING, of_facility(facility_id)) if facility_id else (EVERYTHING,)


@lru_cache(maxsize=20_000)
def key_of(*values: str | int | None) -> str:
    """The key of a cell: a JSON list, of which a text is cut where the key would be too long."""
    key = _dump(values)
    while len(key) > _LONGEST_KEY:
        # One escaped character takes up to six, so cutting may have to be repeated.
        longest = max(range(len(values)), key=lambda index: len(str(values[index])))
        text = str(values[longest])
        shorter = text[: max(len(text) - max((len(key) - _LONGEST_KEY) // 6, 1), 0)]
        values = (*values[:longest], shorter, *values[longest + 1 :])
        key = _dump(values)
    return key


def values_of(key: str) -> list[str | int | None]:
    """The values that a key is made of."""
    values: list[str | int | None] = json.loads(key)
    return values


def count_at(
    counted: Contributions,
    cube: Cube,
    facility_id: str | None,
    at: datetime,
    values: tuple[str | int | None, ...],
    seconds: float | None = None,
) -> None:
    """Count one thing at the moment `at` (aware), in each of its slices."""
    at = at.astimezone(UTC)
    quarter = at.hour * 4 + at.minute // 15
    _count(counted, cube, facility_id, at.date(), quarter, values, seconds)


def count_on(
    counted: Contributions,
    cube: Cube,
    facility_id: str | None,
    day: date,
    values: tuple[str | int | None, ...],
    seconds: float | None = None,
) -> None:
    """Count one thing on a day in UTC, in each of its slices, for a cube without quarters."""
    _count(counted, cube, facility_id, day, WHOLE_DAY, values, seconds)


def add(total: Contributions, more: Mapping[Place, int], times: int = 1) -> None:
    """Add `more`, so many times, to `total`; what becomes 0 leaves it."""
    for place, number in more.items():
        result = total.get(place, 0) + times * number
        if result:
            total[place] = result
        else:
            total.pop(place, None)


def difference(new: Mapping[Place, int], old: Mapping[Place, int]) -> Contributions:
    """What must be added to `old` to get `new`."""
    changed = dict(new)
    add(changed, old, -1)
    return changed


def gone(counted: Mapping[Place, int]) -> Contributions:
    """The same in the slices that remember what is counted though the log lost it."""
    return {
        place._replace(slice=f"{GONE} {place.slice}".rstrip()): number
        for place, number in counted.items()
    }


def not_gone(of_slice: str) -> str:
    """The slice whose lost things a slice of `gone` remembers."""
    return of_slice.removeprefix(GONE).lstrip()


def _count(
    counted: Contributions,
    cube: Cube,
    facility_id: str | None,
    day: date,
    quarter: int,
    values: tuple[str | int | None, ...],
    seconds: float | None,
) -> None:
    key, its_bin = key_of(*values), NO_BIN if seconds is None else bin_of(seconds)
    for of_slice in slices_of(facility_id):
        place = Place(cube.name, of_slice, day, key, quarter, its_bin)
        counted[place] = counted.get(place, 0) + 1


def _dump(values: tuple[str | int | None, ...]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
