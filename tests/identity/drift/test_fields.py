"""What counts as a change of a record, and what is only another way to write it."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.drift.fields import (
    ADDRESS,
    BIRTH_DATE,
    CONTACT,
    FIELDS,
    NAME,
    comparable_fields,
    field_names,
)
from tests.identity.drift.records import HOME, PAST, record


def changed(**changes: Any) -> list[str]:
    """The fields that a changed record differs in."""
    before, after = comparable_fields(record()), comparable_fields(record(**changes))
    return [field for field in FIELDS if before[field] != after[field]]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"firstName": "JANE", "lastName": "smith"},
        {"firstName": " Jane\t", "lastName": "Smith\u00a0"},
        {"firstName": "Ja\u200bne"},
        {"firstName": ["Jane"]},
        {"dob": "1996-02-10T00:00:00.000Z"},
        {"dob": " 1996-02-10 "},
        {"address": HOME},
        {"address": [HOME, HOME]},
        {"address": [HOME | {"country": "USA"}]},
        {"address": [HOME | {"country": "us"}]},
        {"address": [HOME | {"addressLine1": "123  ARSENAL ST."}]},
        {"address": [HOME | {"addressLine1": "123 Arsenal", "addressLine2": "St"}]},
        {"address": [HOME | {"zip": "85300-1234"}]},
        {"address": [HOME, {"city": " "}]},
        {"contact": {"phone": "6025550100", "email": "jane@mail.test"}},
        {"contact": [{"phone": "+1 (602) 555-0100"}, {"email": "Jane@Mail.Test "}]},
        {"contact": [{"email": "jane@mail.test"}, {"phone": "602.555.0100"}]},
        {"contact": [{"phone": "6025550100", "email": "jane@mail.test"}, {"phone": "n/a"}]},
        # What nobody proofs.
        {"genderAtBirth": "M", "externalId": "x", "eTag": "7", "hieOptOut": True},
    ],
)
def test_another_way_to_write_it_is_no_change(changes: dict[str, Any]) -> None:
    assert changed(**changes) == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (NAME, {"firstName": "Janet"}),
        (NAME, {"lastName": "Smyth"}),
        (NAME, {"firstName": "Smith", "lastName": "Jane"}),
        (NAME, {"firstName": "Jane Mary"}),
        (NAME, {"firstName": ""}),
        (NAME, {"firstName": "Jan é"}),
        (BIRTH_DATE, {"dob": "1996-10-02"}),
        (BIRTH_DATE, {"dob": ""}),
        (ADDRESS, {"address": [PAST]}),
        (ADDRESS, {"address": []}),
        (ADDRESS, {"address": [HOME, PAST]}),
        (ADDRESS, {"address": [HOME | {"addressLine2": "Apt 4"}]}),
        (ADDRESS, {"address": [HOME | {"city": "Tucson"}]}),
        (ADDRESS, {"address": [HOME | {"state": "NM"}]}),
        (ADDRESS, {"address": [HOME | {"zip": "85301"}]}),
        (ADDRESS, {"address": [HOME | {"country": "Canada"}]}),
        (CONTACT, {"contact": []}),
        (CONTACT, {"contact": [{"phone": "6025550100"}]}),
        (CONTACT, {"contact": [{"phone": "6025550101", "email": "jane@mail.test"}]}),
        (CONTACT, {"contact": [{"phone": "6025550100", "email": "joan@mail.test"}]}),
    ],
)
def test_each_change_is_named_and_no_other(field: str, changes: dict[str, Any]) -> None:
    assert changed(**changes) == [field]


def test_every_field_can_change_at_once() -> None:
    found = changed(firstName="A", dob="2000-01-01", address=[PAST], contact=[])
    assert found == list(FIELDS)


def test_the_parts_of_an_address_do_not_run_together() -> None:
    moved = HOME | {"addressLine1": "123 Arsenal St Phoenix", "city": ""}
    assert changed(address=[moved]) == [ADDRESS]
    assert changed(address=[HOME | {"addressLine1": "12 3 Arsenal St"}]) == [ADDRESS]


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
addresses = st.fixed_dictionaries(
    {"addressLine1": words, "city": words, "state": words, "zip": words}
)
contacts = st.fixed_dictionaries({"phone": words, "email": words})


@given(st.lists(addresses, max_size=4), st.lists(contacts, max_size=4), st.randoms())
def test_the_order_of_addresses_and_contacts_means_nothing(
    homes: list[Any], ways: list[Any], chance: Any
) -> None:
    before = comparable_fields(record(address=homes, contact=ways))
    chance.shuffle(homes)
    chance.shuffle(ways)
    assert comparable_fields(record(address=homes, contact=ways)) == before


@given(words, words, st.sampled_from(["NFC", "NFD"]))
def test_case_composition_and_white_space_mean_nothing(first: str, line: str, form: Any) -> None:
    def written(text: str) -> str:
        return f"  {unicodedata.normalize(form, text).casefold()}\t"

    one = comparable_fields(record(firstName=first, address=[HOME | {"addressLine1": line}]))
    other = record(firstName=written(first), address=[HOME | {"addressLine1": written(line)}])
    assert comparable_fields(other) == one


@given(st.text("abcdef", min_size=1, max_size=8), st.text("abcdef", min_size=1, max_size=8))
def test_different_words_differ(one: str, other: str) -> None:
    first, second = (comparable_fields(record(lastName=word)) for word in (one, other))
    assert (first[NAME] == second[NAME]) is (one == other)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["name"], "name"),
        (["address", "contact"], "address and contact"),
        (FIELDS, "name, birth date, address and contact"),
        (["new field"], "new field"),
        ([], ""),
    ],
)
def test_fields_have_names_in_a_sentence(fields: list[str], words: str) -> None:
    assert field_names(fields) == words
