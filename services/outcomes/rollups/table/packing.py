"""How the numbers of a row of `rollup` are packed. Pure.

A blob holds entries in ascending order, each with a quarter (one byte), a bin (two bytes) and a
count, or with one of the first two left out. Its first byte says which, and how many bytes a count
has. The same for all entries of a kind, so that the blobs of many rows are read as one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

_WIDTHS = (1, 2, 4, 8)
_WITH_QUARTERS, _WITH_BINS = 16, 32
_NONE = -1


@dataclass(frozen=True)
class Entries:
    """What stands in blobs: `row` is the position of the blob; -1 is a missing quarter or bin."""

    row: Numbers
    quarter: Numbers
    bin: Numbers
    count: Numbers


def pack(counts: Mapping[tuple[int, int], int]) -> bytes:
    """Counts by quarter of an hour and bin; where all quarters, or all bins, are -1, without."""
    places = sorted(counts)
    values = np.array([counts[place] for place in places], dtype=np.int64)
    head = _width_of(values)
    head |= _WITH_QUARTERS if any(quarter != _NONE for quarter, _ in places) else 0
    head |= _WITH_BINS if any(its_bin != _NONE for _, its_bin in places) else 0
    entries = np.zeros(len(places), dtype=_kind_of(head))
    entries["count"] = values
    if head & _WITH_QUARTERS:
        entries["quarter"] = [quarter for quarter, _ in places]
    if head & _WITH_BINS:
        entries["bin"] = [its_bin for _, its_bin in places]
    return bytes([head]) + entries.tobytes()


def unpack(blob: bytes) -> dict[tuple[int, int], int]:
    """The counts of one blob, as `pack` takes them."""
    entries = unpack_all([blob])
    places = zip(entries.quarter.tolist(), entries.bin.tolist(), strict=True)
    return dict(zip(places, entries.count.tolist(), strict=True))


def unpack_all(blobs: Sequence[bytes]) -> Entries:
    """The entries of many blobs, in no particular order."""
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, blob in enumerate(blobs):
        rows[blob[0]].append(row)
    found = [_unpack_alike(head, some, blobs) for head, some in rows.items()]
    return (
        Entries(*(np.concatenate([_EMPTY, *column]) for column in zip(*found, strict=True)))
        if (found)
        else Entries(_EMPTY, _EMPTY, _EMPTY, _EMPTY)
    )


def _unpack_alike(head: int, rows: list[int], blobs: Sequence[bytes]) -> tuple[Numbers, ...]:
    kind = _kind_of(head)
    entries = np.frombuffer(b"".join(blobs[row][1:] for row in rows), kind)
    lengths = [(len(blobs[row]) - 1) // kind.itemsize for row in rows]
    missing = np.full(len(entries), _NONE, dtype=np.int64)
    return (
        np.repeat(np.array(rows, dtype=np.int64), lengths),
        entries["quarter"].astype(np.int64) if head & _WITH_QUARTERS else missing,
        entries["bin"].astype(np.int64) if head & _WITH_BINS else missing,
        entries["count"].astype(np.int64),
    )


def _kind_of(head: int) -> np.dtype[Any]:
    columns = [("quarter", "<u1")] if head & _WITH_QUARTERS else []
    columns += [("bin", "<u2")] if head & _WITH_BINS else []
    return np.dtype([*columns, ("count", f"<i{head & 15}")])


def _width_of(values: Numbers) -> int:
    """The fewest bytes that hold every count. They have a sign: a wrong count may be negative."""
    highest = int(np.abs(values).max(initial=0))
    return next(width for width in _WIDTHS if highest < 1 << (8 * width - 1))


_EMPTY: Numbers = np.array([], dtype=np.int64)
