"""What else is offered to search for."""

from datetime import date

import pytest

from services.patients.search.suggestions import SuggestionKind, also_try, which_date
from services.patients.search.terms import read_terms

TODAY = date(2026, 9, 14)
FEB, OCT = "1996-02-10", "1996-10-02"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Smith", []),
        ("1996", []),
        ("Jane Smith", [("word", "Jane"), ("word", "Smith")]),
        # A word of two letters finds too many.
        ("Bo Liang", [("word", "Liang")]),
        (
            f"Jane {FEB}",
            [("swapped_date", f"Jane {OCT}"), ("without_date", "Jane"), ("only_date", FEB)],
        ),
        ("Jane Feb 13, 1996", [("without_date", "Jane"), ("only_date", "1996-02-13")]),
        # Both meanings were searched for, and neither is chosen.
        ("Jane 2/10/1996", [("without_date", "Jane"), ("only_date", "2/10/1996")]),
        (
            '"Smith José"',
            [
                ("swapped_order", '"José Smith"'),
                ("any_order", "Smith José"),
                ("without_accents", '"Smith Jose"'),
            ],
        ),
        ("smith or doe", []),
    ],
)
def test_other_searches_differ_in_one_thing(typed: str, offered: list[tuple[str, str]]) -> None:
    found = also_try(read_terms(typed, TODAY))
    assert [(one.kind.value, one.text) for one in found] == offered


def test_no_more_are_offered_than_a_line_holds() -> None:
    assert len(also_try(read_terms("Anna Bella Clara Dora Emma Flora Greta", TODAY))) == 6


def test_each_meaning_of_a_date_can_be_chosen() -> None:
    found = which_date(read_terms("Jane 2/10/96, Smith", TODAY))
    assert [(one.kind, one.text, one.part) for one in found] == [
        (SuggestionKind.DATE, f"Jane {FEB}, Smith", FEB),
        (SuggestionKind.DATE, f"Jane {OCT}, Smith", OCT),
    ]
    assert which_date(read_terms("Jane Feb 10, 1996", TODAY)) == []
