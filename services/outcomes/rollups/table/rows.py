"""Reads and writes rows of `rollup` in a transaction of the caller."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, union_all, update
from sqlmodel import Session

from services.outcomes.rollups.contributions import NO_BIN, WHOLE_DAY, Place
from services.outcomes.rollups.table.packing import pack, unpack
from services.store.tables import Rollup

ROLLUP: Any = Rollup.__table__  # type: ignore[attr-defined]
_ID = ("cube", "slice", "day", "key")
_AT_ONCE = 50
"""Rows that one statement asks for."""

# SQLite would read the whole table for `(cube, slice, day, key) IN (…)`.
_CELLS = union_all(
    *(
        select(ROLLUP).where(*(ROLLUP.c[name] == bindparam(f"{name}_{index}") for name in _ID))
        for index in range(_AT_ONCE)
    )
)


class Cell(NamedTuple):
    """The primary key of a row."""

    cube: str
    slice: str
    day: date
    key: str


@dataclass
class Numbers:
    """What a row holds: counts by quarter and bin, where it has them."""

    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, quarter: int, its_bin: int, number: int) -> None:
        """Add so many at a quarter and bin; what becomes 0 is left out."""
        result = self.counts.get((quarter, its_bin), 0) + number
        if result:
            self.counts[quarter, its_bin] = result
        else:
            self.counts.pop((quarter, its_bin), None)

    def columns(self) -> dict[str, Any]:
        """The columns of the row."""
        by_bin: defaultdict[tuple[int, int], int] = defaultdict(int)
        for (_, its_bin), number in self.counts.items():
            by_bin[WHOLE_DAY, its_bin] += number
        has_quarters = any(quarter != WHOLE_DAY for quarter, _ in self.counts)
        has_bins = any(its_bin != NO_BIN for _, its_bin in self.counts)
        return {
            "total": sum(self.counts.values()),
            "fine": pack(self.counts) if has_quarters else None,
            "bins": pack(by_bin) if has_bins else None,
        }


def group_cells(counted: Mapping[Place, int]) -> dict[Cell, Numbers]:
    """The rows that hold these contributions."""
    cells: defaultdict[Cell, Numbers] = defaultdict(Numbers)
    for place, number in counted.items():
        cells[Cell(*place[:4])].add(place.quarter, place.bin, number)
    return dict(cells)


def add_to_rows(session: Session, counted: Mapping[Place, int]) -> None:
    """Add contributions to the table. Only one transaction may do so at a time."""
    connection, changes = session.connection(), group_cells(counted)
    before = read_cells(connection, changes)
    after = {}
    for cell, change in changes.items():
        numbers = Numbers(dict(before[cell].counts)) if cell in before else Numbers()
        for (quarter, its_bin), number in change.counts.items():
            numbers.add(quarter, its_bin, number)
        after[cell] = numbers
    write_rows(connection, after, set(before))


def read_cells(connection: Connection, wanted: Iterable[Cell]) -> dict[Cell, Numbers]:
    """The rows with these keys, as far as they are there."""
    cells, found = sorted(wanted), dict[Cell, Numbers]()
    for start in range(0, len(cells), _AT_ONCE):
        some = cells[start : start + _AT_ONCE]
        # Always as many, so that the statement is always the same one.
        some += [some[-1]] * (_AT_ONCE - len(some))
        asked = {
            f"{name}_{index}": value
            for index, cell in enumerate(some)
            for name, value in cell._asdict().items()
        }
        found |= _rows(connection.execute(_CELLS, asked))
    return found


def read_rows(connection: Connection, wanted: Any) -> dict[Cell, Numbers]:
    """The rows that a SELECT of all columns of the table answers."""
    return _rows(connection.execute(wanted))


def _rows(found: Iterable[Any]) -> dict[Cell, Numbers]:
    return {
        Cell(row.cube, row.slice, row.day, row.key): Numbers(
            _numbers_of(row.total, row.fine, row.bins)
        )
        for row in found
    }


def _numbers_of(total: int, fine: bytes | None, bins: bytes | None) -> dict[tuple[int, int], int]:
    blob = fine if fine is not None else bins
    return {(WHOLE_DAY, NO_BIN): total} if blob is None else unpack(blob)


def write_rows(connection: Connection, cells: Mapping[Cell, Numbers], there: set[Cell]) -> None:
    """Write these rows, of which the table holds those in `there`; an empty one is deleted."""
    filled = {cell: numbers for cell, numbers in cells.items() if numbers.counts}
    # In the order of the key: the rows of one day lie beside each other.
    added = [_row(cell, filled[cell]) for cell in sorted(filled) if cell not in there]
    changed = [_named(_row(cell, filled[cell])) for cell in sorted(filled) if cell in there]
    gone = [
        _named(cell._asdict()) for cell in sorted(there) if cell in cells and cell not in filled
    ]
    of_row = [ROLLUP.c[name] == bindparam(f"its_{name}") for name in _ID]
    if added:
        connection.execute(insert(ROLLUP), added)
    if changed:
        connection.execute(update(ROLLUP).where(*of_row), changed)
    if gone:
        connection.execute(delete(ROLLUP).where(*of_row), gone)


def _row(cell: Cell, numbers: Numbers) -> dict[str, Any]:
    return cell._asdict() | numbers.columns()


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a statement for one row, whose key must not be named as its columns are."""
    return {f"its_{name}" if name in _ID else name: value for name, value in row.items()}
