from datetime import date
from typing import Any

import pytest

from services.sandbox.answers import Refusal
from services.sandbox.api import validation

TODAY = date(2026, 9, 14)
ADDRESS = {"addressLine1": "1 Main St", "city": "Salem", "state": "OR", "zip": "97301"}
BODY = {
    "firstName": "Ada",
    "lastName": "Quist",
    "dob": "1990-02-28",
    "genderAtBirth": "F",
    "address": [ADDRESS],
}


def refused(**changes: Any) -> str:
    """What is said about BODY with `changes`."""
    with pytest.raises(Refusal) as refusal:
        validation.patient(BODY | changes, TODAY)
    assert refusal.value.status == 400
    return refusal.value.detail


def accepted(**changes: Any) -> dict[str, Any]:
    return validation.patient(BODY | changes, TODAY)


def test_the_least_that_is_needed_is_accepted_and_gets_its_country() -> None:
    assert accepted() == BODY | {"address": [ADDRESS | {"country": "USA"}]}


def test_everything_documented_is_kept() -> None:
    more = {
        "externalId": "MRN-1",
        "contact": [{"phone": "5415550100"}, {"email": "ada@example.org"}],
        "personalIdentifiers": [
            {"type": "driversLicense", "value": "51227265", "state": "CA"},
            {"type": "ssn", "value": "123456789"},
        ],
        "address": [ADDRESS | {"addressLine2": "#4", "country": "USA"}],
    }
    assert accepted(**more) == BODY | more


def test_what_is_not_documented_is_dropped() -> None:
    assert "favouriteColour" not in accepted(favouriteColour="green", id="x", eTag="7")


def test_text_is_trimmed_and_states_are_upper_case() -> None:
    found = accepted(firstName="  Ada ", address=[ADDRESS | {"state": " or "}])
    assert found["firstName"] == "Ada"
    assert found["address"][0]["state"] == "OR"


def test_one_object_where_an_array_is_documented_is_accepted() -> None:
    found = accepted(address=ADDRESS, contact={"phone": "5415550100"})
    assert len(found["address"]) == len(found["contact"]) == 1


def test_names_may_come_as_an_array() -> None:
    assert accepted(firstName=["Ada", "Adeline"])["firstName"] == "Ada, Adeline"


@pytest.mark.parametrize("empty", [None, "", "   "])
@pytest.mark.parametrize("field", ["firstName", "lastName", "dob", "genderAtBirth"])
def test_a_required_field_that_is_empty_is_named(field: str, empty: Any) -> None:
    assert refused(**{field: empty}) == f"{field}: is required"


@pytest.mark.parametrize("empty", [None, []])
def test_an_address_is_required(empty: Any) -> None:
    assert refused(address=empty) == "address: is required"


@pytest.mark.parametrize("value", [1, True, {}, ["a", 1]])
@pytest.mark.parametrize("field", ["firstName", "lastName", "externalId"])
def test_text_must_be_text(field: str, value: Any) -> None:
    assert refused(**{field: value}) == f"{field}: must be a string"


@pytest.mark.parametrize(
    ("dob", "reason"),
    [
        ("1990-2-28", "must be a date, YYYY-MM-DD"),
        ("19900228", "must be a date, YYYY-MM-DD"),
        ("28/02/1990", "must be a date, YYYY-MM-DD"),
        ("1990-02-28T00:00:00Z", "must be a date, YYYY-MM-DD"),
        ("1990-02-30", "must be a real date"),
        ("0000-01-01", "must be a real date"),
        ("2026-09-15", "must not be in the future, nor before 1900"),
        ("1899-12-31", "must not be in the future, nor before 1900"),
    ],
)
def test_a_date_of_birth_must_be_real_and_past(dob: str, reason: str) -> None:
    assert refused(dob=dob) == f"dob: {reason}"


@pytest.mark.parametrize("dob", ["2026-09-14", "1900-01-01", "2024-02-29"])
def test_a_date_of_birth_may_be_today(dob: str) -> None:
    assert accepted(dob=dob)["dob"] == dob


@pytest.mark.parametrize("gender", ["f", "X", "female"])
def test_gender_is_one_letter_of_four(gender: str) -> None:
    assert refused(genderAtBirth=gender).startswith("genderAtBirth: must be one of M, F, O, U")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("addressLine1", "", "is required"),
        ("city", None, "is required"),
        ("state", "Oregon", "must be two letters"),
        ("state", "O1", "must be two letters"),
        ("state", "", "is required"),
        ("zip", "9730", "must be five digits"),
        ("zip", "97301-1234", "must be five digits"),
        ("zip", "٩٧٣٠١", "must be five digits"),
        ("zip", 97301, "must be a string"),
        ("country", "Canada", "must be one of USA"),
        ("addressLine2", 4, "must be a string"),
    ],
)
def test_an_address_is_checked_field_by_field(field: str, value: Any, reason: str) -> None:
    detail = refused(address=[ADDRESS, ADDRESS | {field: value}])
    assert detail == f"address[1].{field}: {reason}"


@pytest.mark.parametrize("phone", ["555-0100", "15415550100", "541555010", "٥٤١٥٥٥٠١٠٠"])
def test_a_phone_has_ten_digits(phone: str) -> None:
    assert refused(contact=[{"phone": phone}]) == "contact[0].phone: must be ten digits"


@pytest.mark.parametrize("email", ["ada", "ada@", "@x.org", "ada@x", "a b@x.org", "a@@x.org"])
def test_an_email_looks_like_one(email: str) -> None:
    assert refused(contact=[{"email": email}]) == "contact[0].email: must be an e-mail address"


def test_a_contact_has_a_phone_or_an_email() -> None:
    assert refused(contact=[{}]) == "contact[0]: must have a phone or an email"
    assert accepted(contact=[{"phone": "5415550100", "email": None}])["contact"]


@pytest.mark.parametrize(
    ("identifier", "detail"),
    [
        ({"type": "passport", "value": "1"}, ".type: must be one of driversLicense, ssn"),
        ({"value": "1"}, ".type: is required"),
        ({"type": "ssn", "value": "12345678"}, ".value: must be nine digits"),
        ({"type": "ssn"}, ".value: is required"),
        ({"type": "driversLicense", "value": "5"}, ".state: is required"),
        ({"type": "driversLicense", "state": "CA"}, ".value: is required"),
        ("ssn", ": must be an object"),
    ],
)
def test_personal_identifiers_are_checked(identifier: Any, detail: str) -> None:
    assert refused(personalIdentifiers=[identifier]) == f"personalIdentifiers[0]{detail}"


@pytest.mark.parametrize("field", ["address", "contact", "personalIdentifiers"])
@pytest.mark.parametrize("value", ["text", 5, [5], [["x"]]])
def test_arrays_hold_objects(field: str, value: Any) -> None:
    assert refused(**{field: value}) == f"{field}[0]: must be an object"
