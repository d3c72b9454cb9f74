"""Dates of birth as people write them: understood, or asked about."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.patients.typed_dates import DayOfNoYear, TypedDate, find_dates, swapped

TODAY = date(2026, 9, 14)
FEB, OCT = "1996-02-10", "1996-10-02"


@pytest.mark.parametrize(
    ("typed", "meanings"),
    [
        ("1996-02-10", (FEB,)),
        ("1996-2-10", (FEB,)),
        ("1996/02/10", (FEB,)),
        ("Feb 10, 1996", (FEB,)),
        ("feb. 10 1996", (FEB,)),
        ("February 10th, 1996", (FEB,)),
        ("10 Feb 1996", (FEB,)),
        ("10-Feb-96", (FEB,)),
        ("10th of February 1996", (FEB,)),
        ("Feb 10 '96", (FEB,)),
        # Two days: the American way first.
        ("2/10/1996", (FEB, OCT)),
        ("02-10-1996", (FEB, OCT)),
        ("2/10/96", (FEB, OCT)),
        # Numbers parted by dots have the day first.
        ("2.10.1996", (OCT, FEB)),
        # No other day is possible.
        ("12/25/96", ("1996-12-25",)),
        ("25/12/1996", ("1996-12-25",)),
        ("2/2/1996", ("1996-02-02",)),
        # Two centuries are possible, and tomorrow is not.
        ("2/20/24", ("2024-02-20", "1924-02-20")),
        ("12/20/26", ("1926-12-20",)),
        ("2/10/2026", ("2026-02-10",)),
        # Parts of a date.
        ("1996", ("1996",)),
        ("1996-02", ("1996-02",)),
        ("1996-2", ("1996-02",)),
        ("2/1996", ("1996-02",)),
        ("Feb 1996", ("1996-02",)),
        # May as well be a name and a year.
        ("May 1996", ("1996-05", "May 1996")),
    ],
)
def test_a_date_is_understood_in_every_way_that_it_can_mean(
    typed: str, meanings: tuple[str, ...]
) -> None:
    for before, after in (("", ""), ("Jane Smith ", ""), ("", " Smith"), ("Smith, ", ", Jane")):
        found = find_dates(before + typed + after, TODAY)
        assert found == [before, TypedDate(typed, meanings), after]


@pytest.mark.parametrize(
    "typed",
    [
        "Smith",
        "MRN-127379",
        "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d",
        "541-555-0123",
        "1234567890",
        "1850",
        "3000",
        "13/45/96",
        "a2/10/1996",
        "1996-02-10-7",
        "1996-02-10T00:00:00Z",
        "Mayer 12",
        "",
    ],
)
def test_what_is_no_date_stays_text(typed: str) -> None:
    assert find_dates(typed, TODAY) == [typed]


@pytest.mark.parametrize("typed", ["2/10", "Feb 10", "10 February"])
def test_a_day_without_its_year_is_known_as_one(typed: str) -> None:
    assert find_dates(f"Smith {typed}", TODAY) == ["Smith ", DayOfNoYear(typed), ""]


@pytest.mark.parametrize(
    "typed", ["1996-02-30", "13/40/1996", "Feb 30, 1996", "1996-13", "0000-01-01"]
)
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        find_dates(f"smith {typed}", TODAY)


def test_day_and_month_are_swapped_where_that_is_another_day() -> None:
    assert swapped("1996-02-10") == "1996-10-02"
    assert swapped("1996-02-02") is swapped("1996-02-13") is swapped("1996-02") is None


@given(st.text(alphabet="0123456789/-. ,'FebMayJunth"))
def test_nothing_that_was_typed_is_lost(typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        pieces = find_dates(typed, TODAY)
        assert (
            "".join(piece if isinstance(piece, str) else piece.typed for piece in pieces) == typed
        )
