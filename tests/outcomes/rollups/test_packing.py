"""Numbers come out of a blob as they went in, and keys fit their column."""

import json
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.rollups.contributions import (
    Place,
    add,
    difference,
    gone,
    key_of,
    not_gone,
    values_of,
)
from services.outcomes.rollups.histogram import (
    BINS,
    ERROR,
    LONGEST,
    SHORTEST,
    bin_of,
    bins_of,
    edges,
    percentile,
)
from services.outcomes.rollups.table.packing import pack, unpack, unpack_all

_NUMBERS = st.integers(-(2**62), 2**62).filter(bool)
_DAY = date(2026, 9, 14)
_SECONDS = st.floats(0, 1e8, allow_nan=False)


@given(st.dictionaries(st.tuples(st.integers(0, 95), st.integers(0, BINS - 1)), _NUMBERS))
def test_counts_by_quarter_and_bin_come_back(counts: dict[tuple[int, int], int]) -> None:
    assert unpack(pack(counts)) == counts


@given(st.dictionaries(st.integers(0, 95), _NUMBERS, min_size=1))
def test_counts_by_quarter_come_back(counts: dict[int, int]) -> None:
    placed = {(quarter, -1): number for quarter, number in counts.items()}
    blob = pack(placed)
    assert unpack(blob) == placed
    assert len(blob) <= 1 + 9 * len(counts)


def test_small_counts_take_two_bytes_each() -> None:
    assert len(pack({(quarter, -1): 100 for quarter in range(96)})) == 1 + 2 * 96


def test_blobs_of_every_kind_are_read_at_once() -> None:
    blobs = [pack({(3, -1): 7}), pack({(-1, 9): 40_000}), pack({}), pack({(1, 2): -5, (1, 3): 1})]
    entries = unpack_all(blobs)
    columns = (entries.row, entries.quarter, entries.bin, entries.count)
    found = sorted(zip(*(column.tolist() for column in columns), strict=True))
    assert found == [(0, 3, -1, 7), (1, -1, 9, 40_000), (3, 1, 2, -5), (3, 1, 3, 1)]
    assert len(unpack_all([]).row) == 0


@given(_SECONDS)
def test_a_duration_is_told_within_the_error(seconds: float) -> None:
    bins = np.zeros(BINS, dtype=np.int64)
    bins[bin_of(seconds)] += 1
    told = percentile(bins, 0.5)
    if seconds < SHORTEST:
        assert told == 0
    elif seconds >= LONGEST:
        assert told == LONGEST
    else:
        assert told == pytest.approx(seconds, rel=ERROR + 1e-9)
        low, high = edges()[bin_of(seconds)], edges()[bin_of(seconds) + 1]
        assert low * (1 - 1e-9) <= seconds <= high * (1 + 1e-9)


@given(st.lists(_SECONDS, min_size=1, max_size=50))
def test_many_bins_are_those_of_each(seconds: list[float]) -> None:
    assert bins_of(np.array(seconds)).tolist() == [bin_of(one) for one in seconds]


def test_the_bins_cover_everything_and_nothing_has_no_percentile() -> None:
    assert len(edges()) == BINS + 1 and edges()[0] == 0 and math.isinf(edges()[-1])
    assert (np.diff(edges()) > 0).all()
    assert math.isnan(percentile(np.zeros(BINS, dtype=np.int64), 0.5))


@given(st.text(max_size=1200), st.none() | st.integers(100, 599))
def test_a_key_is_json_and_fits(text: str, status: int | None) -> None:
    key = key_of("hie", text, status)
    assert len(key) <= 400
    kind, error, number = values_of(key)
    assert (kind, number) == ("hie", status) and text.startswith(str(error))
    if len(json.dumps(text)) < 300:
        assert error == text


def test_contributions_are_added_taken_back_and_remembered() -> None:
    place = Place("status", "", _DAY, "[]", 3, -1)
    other = place._replace(slice="facility:f-1")
    total = {place: 2}
    add(total, {place: 1, other: 4})
    assert total == {place: 3, other: 4}
    add(total, {place: 3}, -1)
    assert total == {other: 4}
    assert difference({place: 1}, {other: 2}) == {place: 1, other: -2}
    lost = gone({place: 1, other: 2})
    assert {not_gone(part.slice): number for part, number in lost.items()} == {
        "": 1,
        "facility:f-1": 2,
    }
