"""What people type into the search becomes a filter, or is refused."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput, UpstreamNotFound
from services.ids import checked_id
from services.patients.search.spellings import filters_of
from services.patients.search.terms import Unsearchable, read_terms
from services.sandbox.filters import Filters, searchable

TODAY = date(2026, 9, 14)


def sent(typed: str) -> str:
    return filters_of(read_terms(typed, TODAY))


def finds(typed: str, *fields: str) -> bool:
    """Whether an upstream that compares whole words finds these fields."""
    return Filters.parse(sent(typed)).matches(searchable(fields))


@pytest.mark.parametrize(
    ("typed", "filters"),
    [
        # Dates in upstream's form; of two meanings, both.
        ("1996-02", "1996-02"),
        ("Feb 10, 1996", "1996-02-10"),
        ("2/10/1996", "1996-02-10 or 1996-10-02"),
        ("May 1996", "1996-05 or May 1996"),
        # Whoever uses the filter language means what it says.
        ('"jane smith" or -doe', '"jane smith" or -doe'),
        ("“jane smith”", '"jane smith"'),
        ('"jane" feb 10 1996', '"jane" 1996-02-10'),
        ('a or "b" 2/10/1996', 'a or "b" 1996-02-10 or a or "b" 1996-10-02'),
        # Ids have one spelling.
        ("MRN-127379", "MRN-127379"),
        ("a1\x00b2", "a1 b2 or a1b2"),
        ("", ""),
    ],
)
def test_a_search_becomes_a_filter(typed: str, filters: str) -> None:
    assert sent(typed) == filters


@pytest.mark.parametrize(
    ("typed", "begins"),
    [("  jane   smith ", "jane smith or "), ("Smith, Jane", "Smith Jane or ")],
)
def test_what_was_typed_is_asked_for_first(typed: str, begins: str) -> None:
    assert sent(typed).startswith(begins)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Szczepanski", "Szczepański"),
        ("dabrowski", "Dąbrowski"),
        ("Garcia", "García"),
        ("Pena", "Peña"),
        ("Tran", "Trần"),
        ("Szczepański", "Szczepanski"),
        ("García", "Garcia"),
        ("OMalley", "O'Malley"),
        ("O’Malley", "O'Malley"),
        ("O'Malley", "OMalley"),
        ("D'Agostino", "Dagostino"),
        ("lheureux", "L'Heureux"),
        ("Redfern-Ibáñez", "Redfern Ibáñez"),
        ("Redfern Ibáñez", "Redfern-Ibáñez"),
        ("dipasquale", "Di Pasquale"),
        ("BenAmi", "Ben-Ami"),
        ("Mc Gonigle", "McGonigle"),
        ("Schoenfeld", "Schönfeld"),
        ("Schönfeld", "Schoenfeld"),
        ("Smith Jane", "Jane Smith"),
        ("Smith, Jane", "Jane Smith"),
        ("Jose Garcia", "José García"),
    ],
)
def test_a_name_is_found_in_another_spelling(typed: str, name: str) -> None:
    assert finds(typed, name, "1990-01-31")
    assert not finds(typed, "Somebody Else", "1990-01-31")


def test_names_and_a_date_belong_together() -> None:
    for typed in ("Jane Smith 2/10/1996", "2/10/1996 smith", "Jane, Feb 10 1996"):
        assert finds(typed, "Jane Smith", "1996-02-10")
        assert not finds(typed, "Jane Smith", "1996-02-11")
        assert not finds(typed, "Chris Braun", "1996-02-10")


@pytest.mark.parametrize(
    ("typed", "kinds", "words"),
    [
        ("(541) 555-0123", ["telephone"], []),
        ("Smith 541-555-0123", ["telephone"], ["Smith"]),
        ("+48 22 123 45 67", ["telephone"], []),
        ("jane@example.com Smith", ["email"], ["Smith"]),
        ("123-45-6789", ["ssn"], []),
        ("Smith 2/10", ["day_of_no_year"], ["Smith"]),
        ("jane@example.com 541.555.0123", ["email", "telephone"], []),
        # May be an id of the company.
        ("5415550123", [], ["5415550123"]),
        ("MRN-127379", [], ["MRN-127379"]),
    ],
)
def test_what_has_no_filter_is_known_and_not_sent(
    typed: str, kinds: list[str], words: list[str]
) -> None:
    terms = read_terms(typed, TODAY)
    assert list(terms.unsearchable) == [Unsearchable(kind) for kind in kinds]
    assert list(terms.words) == words
    assert terms.is_empty == (not words)


@pytest.mark.parametrize("typed", ["x" * 201, "1996-02-30", "13/40/1996", "smith 0000-01-01"])
def test_a_search_that_cannot_be_one_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        sent(typed)


@given(st.text())
def test_any_search_is_a_filter_or_refused(typed: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert len(sent(typed)) < 10_000


@given(st.text(alphabet="aeołß'- OMńv", min_size=1, max_size=60))
def test_the_filter_fits_into_an_address(typed: str) -> None:
    assert len(sent(typed)) <= 1500


@pytest.mark.parametrize(
    "typed", ["", "x", "../settings", "0191b878-d0c4-7d82-8960-cb8cf9fe6c6", "é"]
)
def test_a_malformed_id_is_nobodys(typed: str) -> None:
    with pytest.raises(UpstreamNotFound):
        checked_id(typed)
