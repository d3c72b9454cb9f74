import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.filters import Filters, searchable

JOHN = searchable(
    [
        "John Gray Doe",
        "1984-03-09",
        "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d",
        "MRN-127379",
        "Oak Clinic",
    ]
)


def finds(text: str, searched: str = JOHN) -> bool:
    return Filters.parse(text).matches(searched)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "john",
        "JOHN",
        "john doe",
        "doe john",
        "doe,john",
        "john 1984",
        "1984",
        "1984-03",
        "1984-03-09",
        '"1984-03-09"',
        '"john gray"',
        '"Gray Doe"',
        '"oak clinic" doe',
        "0191b878-d0c4-7d82-8960-cb8cf9fe6c6d",
        "0191B878",
        "mrn-127379",
        "127379",
        "john or jane",
        "jane or john",
        "jane OR john",
        "jane smith or gray doe",
        "john -jane",
        '-"jane doe"',
        '-"doe john"',
        "or john",
        "john or",
        "or",
        "or or or",
        "-",
        "--",
        '"',
        '""',
        '-"',
        "!!! ...",
        'john "',
        'john "gray doe',
        "john -",
    ],
)
def test_finds(text: str) -> None:
    assert finds(text)


@pytest.mark.parametrize(
    "text",
    [
        "jane",
        "joh",
        "john jane",
        "1985",
        "1984-04",
        "984",
        '"doe john"',
        '"john doe"',
        '"doe 1984"',
        "jane or smith",
        "jane smith or gray smith",
        "-john",
        "john -doe",
        'john -"gray doe"',
        'john --"gray doe"',
        "john -1984",
        "jane or john -gray",
        '"or"',
        '"joh',
    ],
)
def test_does_not_find(text: str) -> None:
    assert not finds(text)


def test_an_unclosed_quote_reaches_to_the_end() -> None:
    assert finds('"john gray doe')
    assert not finds('"gray john doe')


def test_standing_side_by_side_binds_stronger_than_or() -> None:
    jane = searchable(["Jane Smith"])
    assert finds("jane smith or doe", jane)
    assert finds("doe or jane smith", jane)
    assert not finds("doe or jane brown", jane)


def test_or_in_quotes_is_a_word() -> None:
    assert finds('"or"', searchable(["Or Levi"]))
    assert finds('"or" levi', searchable(["Or Levi"]))


@pytest.mark.parametrize("name", ["O'Brien", "Smith-Jones", "Núñez", "Łukasz", "李小龍", "Straße"])
def test_names_of_all_kinds_are_found_as_they_are_written(name: str) -> None:
    entry = searchable([f"Ann {name}"])
    assert finds(name, entry)
    assert finds(name.upper(), entry)
    assert finds(f'"{name}"', entry)
    assert not finds(f"-{name}", entry)


def test_accents_are_taken_as_they_come() -> None:
    assert not finds("Nunez", searchable(["Núñez"]))
    assert not finds("Núñez", searchable(["Nunez"]))


def test_an_accent_typed_as_its_own_character_is_the_same_letter() -> None:
    assert finds("Jose\u0301", searchable(["José"]))


def test_a_part_of_a_double_name_is_found() -> None:
    assert finds("jones", searchable(["Smith-Jones"]))
    assert not finds("jones-smith", searchable(["Smith-Jones"]))


def test_a_phrase_does_not_reach_from_one_field_into_the_next() -> None:
    assert not finds('"doe 1984"')
    assert not finds("09-0191b878")


def test_empty_fields_are_nothing() -> None:
    assert not finds("x", searchable(["", "", ""]))
    assert finds("-x", searchable([]))


@given(st.text(max_size=300))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    assert finds(text) in (True, False)


@given(st.text(alphabet="ab\"- orOR'", max_size=60))
def test_nothing_made_of_operators_is_an_error(text: str) -> None:
    assert finds(text) in (True, False)


@given(st.lists(st.sampled_from(["john", "doe", "gray", "1984", "oak"]), min_size=1))
def test_words_are_found_in_any_order(words: list[str]) -> None:
    assert finds(" ".join(words))
    assert not finds(" ".join([*words, "jane"]))
    assert finds(" ".join([*words, "jane", "or", "john"]))


@pytest.mark.parametrize(
    "text",
    [
        "-" * 10_000,
        '"' * 10_000,
        '-"' * 5_000,
        "or " * 3_333,
        "a" * 10_000,
        " ".join(f"x{n}" for n in range(1_600)),
        " or ".join(f"x{n}" for n in range(1_100)),
        " ".join(f"-x{n}" for n in range(1_400)),
        '"' + "a b " * 2_499,
        "- " * 5_000,
    ],
)
def test_ten_thousand_characters_are_not_slow(text: str) -> None:
    before = time.process_time()
    filters = Filters.parse(text)
    for _ in range(400):
        filters.matches(JOHN)
    assert time.process_time() - before < 0.5
