"""Each wrong field of a new patient is named with its reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.patients.form import PatientForm

TODAY = date(2026, 9, 14)
GOOD = {
    "first_name": "Zoë",
    "last_name": "O'Brien-Núñez",
    "dob": "2001-07-04",
    "gender_at_birth": "F",
    "address_line1": "9 Elm Ct",
    "city": "Eugene",
    "state": "OR",
    "zip": "97403",
    "facility_id": "f",
}


def test_a_good_form_becomes_a_patient() -> None:
    person = PatientForm(**GOOD, phone="+1 (541) 555-0123", email="zoe@example.com").checked(TODAY)
    assert person.contact[0].phone == "5415550123"
    assert person.address[0].country == "USA"
    assert person.external_id is None


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("first_name", " ", "Required"),
        ("last_name", "123", "letters"),
        ("first_name", "x" * 101, "At most"),
        ("dob", "10.02.1996", "YYYY-MM-DD"),
        ("dob", "1996-02-30", "no such day"),
        ("dob", "2026-09-15", "future"),
        ("dob", "1899-12-31", "1900"),
        ("gender_at_birth", "X", "Choose"),
        ("state", "Ontario", "state"),
        ("zip", "9740", "Five digits"),
        ("zip", "٩٧٤٠٣", "Five digits"),
        ("phone", "555", "Ten digits"),
        ("email", "a@b", "address"),
        ("facility_id", "", "Required"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(field: str, typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {field: typed})).checked(TODAY)
    assert list(caught.value.fields) == [field]
    assert reason in caught.value.fields[field]


@given(st.lists(st.text(), min_size=13, max_size=13))
def test_no_text_breaks_the_form(typed: list[str]) -> None:
    with pytest.raises(InvalidInput):
        PatientForm(*typed[:3], "?", *typed[4:]).checked(TODAY)
