"""The rule of small cells on small tables, and why no two of its numbers give a small group."""

import random
from datetime import UTC, datetime
from itertools import product

import pandas as pd
import pytest

from services.errors import InvalidInput
from services.outcomes.small_cells import (
    SmallCells,
    require_one_filter,
    require_whole,
    whole_periods,
)

FIVE = SmallCells(5)


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(0, 0), (1, 0), (4, 0), (5, 0), (6, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1003, 1005)],
)
def test_numbers_are_rounded_to_multiples_of_the_cell(number: int, rounded: int) -> None:
    assert FIVE.rounded(number) == rounded


def test_rates_are_of_rounded_numbers() -> None:
    assert FIVE.rate(13, 22) == 15 / 20
    assert FIVE.rate(5, 22) is None
    assert FIVE.rate(22, 22) == 1
    assert FIVE.rate(6, 0) is None


@pytest.mark.parametrize(
    ("number", "share", "shown"),
    [(12, 0.5, True), (11, 0.5, False), (60, 0.9, True), (59, 0.9, False), (600, 0.99, True),
     (599, 0.99, False), (600, 0.01, True), (0, 0.5, False)],
)  # fmt: skip
def test_a_percentile_says_nothing_of_a_few(number: int, share: float, shown: bool) -> None:
    assert FIVE.shows_percentile(number, share) is shown


def table(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start", "status", "n"])


def shown_in(frame: pd.DataFrame, **options: object) -> dict[tuple[str, str], int]:
    kept = FIVE.suppressed(frame, **options)  # type: ignore[arg-type]
    return {(row.start, row.status): row.n for row in kept.itertuples()}


def test_small_groups_are_hidden_and_the_smallest_shown_one_with_them() -> None:
    frame = table(("a", "done", 50), ("a", "failed", 12), ("a", "partial", 3), ("b", "done", 8))
    assert shown_in(frame) == {("a", "done"): 50, ("b", "done"): 10}


def test_hidden_groups_that_are_enough_together_need_no_other() -> None:
    frame = table(("a", "done", 50), ("a", "failed", 12), ("a", "partial", 3), ("a", "odd", 2))
    assert shown_in(frame) == {("a", "done"): 50, ("a", "failed"): 10}


def test_all_groups_as_small_as_the_smallest_shown_one_are_hidden() -> None:
    frame = table(("a", "done", 50), ("a", "failed", 9), ("a", "other", 9), ("a", "partial", 3))
    assert shown_in(frame) == {("a", "done"): 50}


def test_a_group_that_is_alone_is_hidden_alone() -> None:
    assert shown_in(table(("a", "done", 5), ("b", "done", 6))) == {("b", "done"): 5}


def test_steps_that_contain_each_other_need_no_other() -> None:
    frame = table(("a", "opened", 40), ("a", "verified", 9), ("a", "done", 2))
    assert shown_in(frame, additive=False) == {("a", "opened"): 40, ("a", "verified"): 10}


def test_many_queries_of_a_few_people_are_hidden() -> None:
    frame = table(("a", "done", 50), ("a", "failed", 40), ("a", "partial", 30))
    people = pd.Series([6, 5, 30])
    assert shown_in(frame, people=people) == {("a", "done"): 50, ("a", "partial"): 30}
    # One person alone: the next group is hidden with theirs.
    assert shown_in(frame, people=pd.Series([6, 1, 30])) == {("a", "done"): 50}
    # People are counted up to where they are enough: that does not make groups equally large.
    assert shown_in(frame, people=pd.Series([6, 1, 6])) == {("a", "done"): 50}


def test_people_who_were_not_counted_are_none() -> None:
    frame = table(("a", "done", 50), ("b", "done", 40))
    assert shown_in(frame, people=pd.Series({1: 6})) == {("b", "done"): 40}


def test_tables_without_rows_or_wholes_stay_as_they_are() -> None:
    assert list(FIVE.suppressed(table()).columns) == ["start", "status", "n"]
    assert FIVE.suppressed(table(), by=()).empty
    assert shown_in(table(("a", "x", 9), ("b", "x", 2)), by=()) == {}
    frame = pd.DataFrame({"start": ["a", "a"], "facility": [None, "f"], "n": [2, 9]})
    assert FIVE.suppressed(frame, by=("start", "facility"))["n"].tolist() == [10]


def true_values(cells: SmallCells, most: int) -> dict[int, list[int]]:
    """What each shown number may stand for; under 0 what is hidden."""
    meant: dict[int, list[int]] = {}
    for number in range(most):
        meant.setdefault(cells.rounded(number), []).append(number)
    return meant


@pytest.mark.parametrize("cell", range(2, 13))
def test_no_two_numbers_prove_that_a_small_group_lies_between_them(cell: int) -> None:
    meant = true_values(SmallCells(cell), 6 * cell)
    del meant[max(meant)]
    for greater, lesser in product(meant.values(), repeat=2):
        between = {a - b for a in greater for b in lesser if a >= b}
        assert not between or not between <= set(range(1, cell))


@pytest.mark.parametrize("cell", range(2, 8))
def test_no_total_and_its_shown_parts_prove_that_a_hidden_group_is_small(cell: int) -> None:
    meant = true_values(SmallCells(cell), 6 * cell)
    hidden = set(meant.pop(0))
    del meant[max(meant)]
    for total, *parts in product(meant.values(), repeat=4):
        for number in range(len(parts) + 1):
            chosen = parts[:number]
            low = min(total) - sum(max(part) for part in chosen)
            high = max(total) - sum(min(part) for part in chosen)
            left = set(range(low, high + 1)) & hidden
            assert not left or not left <= set(range(1, cell))


@pytest.mark.parametrize("seed", range(20))
def test_hidden_groups_of_one_whole_are_never_a_few_people(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(200):
        cells = SmallCells(draw.randint(2, 9))
        numbers = [draw.randint(0, 3 * cells.cell) for _ in range(draw.randint(1, 7))]
        frame = pd.DataFrame({"start": 0, "n": numbers})
        kept = cells.suppressed(frame)
        hidden = frame.drop(kept.index)["n"].sum()
        assert hidden == 0 or hidden >= cells.cell or kept.empty
        assert all(number % cells.cell == 0 for number in kept["n"])
        assert (frame.loc[kept.index, "n"] > cells.cell).all()


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_whole_weeks_and_months_end_before_now() -> None:
    friday = at(2026, 11, 27, 20)
    assert whole_periods("week", friday, 2) == (
        [at(2026, 11, 9), at(2026, 11, 16)],
        at(2026, 11, 23),
    )
    assert whole_periods("month", friday, 2) == ([at(2026, 9, 1), at(2026, 10, 1)], at(2026, 11, 1))
    monday = at(2027, 2, 1)
    assert whole_periods("week", monday, 1) == ([at(2027, 1, 25)], monday)
    assert whole_periods("month", monday, 1) == ([at(2027, 1, 1)], monday)
    assert len(whole_periods("month", friday, 120)[0]) == 120


@pytest.mark.parametrize(("width", "number"), [("day", 3), ("", 3), ("week", 0), ("week", 121)])
def test_no_other_periods_are_made(width: str, number: int) -> None:
    with pytest.raises(InvalidInput):
        whole_periods(width, at(2026, 11, 27), number)


NOW = at(2026, 11, 27)


@pytest.mark.parametrize("width", ["week", "month"])
def test_whole_periods_may_be_asked_for(width: str) -> None:
    require_whole(*whole_periods(width, NOW, 30), NOW)


@pytest.mark.parametrize(
    ("starts", "end"),
    [
        ([], at(2026, 11, 23)),
        ([at(2026, 11, 22)], at(2026, 11, 23)),  # a day
        ([at(2026, 11, 17)], at(2026, 11, 24)),  # a week that begins on a Tuesday
        ([at(2026, 11, 16, 1)], at(2026, 11, 23, 1)),  # of another zone
        ([at(2026, 11, 9)], at(2026, 11, 23)),  # two weeks at once
        ([at(2026, 11, 9), at(2026, 11, 16)], at(2026, 11, 30)),
        ([at(2026, 11, 23)], at(2026, 11, 30)),  # still runs
        ([at(2026, 9, 1)], at(2026, 11, 1)),  # two months at once
        ([at(2027, 1, 1)], at(2027, 2, 1)),  # to come
        ([at(2026, 2, 1)], at(2026, 3, 2)),
        ([at(2026, 10, 1)], at(2026, 9, 1)),  # ends before it begins
        ([at(2026, 6, 1), at(2026, 7, 1), at(2026, 7, 1)], at(2026, 8, 1)),
    ],
)
def test_other_periods_may_not(starts: list[datetime], end: datetime) -> None:
    with pytest.raises(InvalidInput, match="whole calendar weeks or months"):
        require_whole(starts, end, NOW)


def test_weeks_and_months_do_not_mix() -> None:
    # Two steps that are whole on their own: June 2026 begins on a Monday.
    starts, end = [at(2026, 5, 25), at(2026, 6, 1)], at(2026, 7, 1)
    with pytest.raises(InvalidInput):
        require_whole(starts, end, NOW)


@pytest.mark.parametrize(
    ("in_use", "refused"),
    [((), False), ((False, False), False), ((True, False, False), False), ((True, True), True)],
)
def test_one_filter_at_a_time(in_use: tuple[bool, ...], refused: bool) -> None:
    if not refused:
        require_one_filter(*in_use)
        return
    with pytest.raises(InvalidInput, match="one filter at a time"):
        require_one_filter(*in_use)
