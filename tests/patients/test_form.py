"""The form for a new patient, and that the sandbox agrees with it about what is right."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.metriport.states import STATES
from services.patients.form import PatientForm
from services.sandbox.answers import Refusal
from services.sandbox.api import validation

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

# Each is one field, what is typed there, and whether upstream documents it as right.
TABLE = [
    ("first_name", "Zoë", True),
    ("first_name", "Ana, María", True),
    ("first_name", "李", True),
    ("first_name", "", False),
    ("last_name", "   ", False),
    ("dob", "2026-09-14", True),
    ("dob", "2026-09-15", False),
    ("dob", "1900-01-01", True),
    ("dob", "1899-12-31", False),
    ("dob", "2024-02-29", True),
    ("dob", "2025-02-29", False),
    ("dob", "0000-01-01", False),
    ("dob", "19960210", False),
    ("dob", "1996-W06-6", False),
    ("dob", "\u0661\u0669\u0669\u0666-\u0660\u0662-\u0661\u0660", False),
    ("dob", "", False),
    ("gender_at_birth", "U", True),
    ("gender_at_birth", "f", False),
    ("gender_at_birth", "", False),
    ("address_line1", "", False),
    ("address_line2", "#4", True),
    ("city", "", False),
    *[("state", territory, True) for territory in ("AS", "GU", "MP", "PR", "VI", "DC")],
    ("state", "or", True),
    ("state", "XX", False),
    ("state", "", False),
    ("zip", "00601", True),
    ("zip", "9740", False),
    ("zip", "974031", False),
    ("zip", "٩٧٤٠٣", False),
    ("zip", "", False),
    ("phone", "5415550123", True),
    ("phone", "541555012", False),
    ("phone", "٥٤١٥٥٥٠١٢٣", False),
    ("email", "zoe@example.com", True),
    ("email", "zoe@mail.example.com", True),
    ("email", "zoe@example", False),
    ("email", "zoe@example..com", False),
    ("email", "zoe@.com", False),
    ("email", "zo e@example.com", False),
    ("email", "a@b@example.com", False),
    ("external_id", "MRN-1", True),
]

# Each is one field, what is pasted there, and what is sent; upstream would refuse what is pasted.
PASTED = [
    ("dob", "03/31/1973", "1973-03-31"),
    ("dob", "3-31-1973", "1973-03-31"),
    ("dob", "3.31.1973", "1973-03-31"),
    ("dob", "31/03/1973", "1973-03-31"),
    ("dob", "3/4/1973", "1973-03-04"),
    ("dob", "3/31/73", "1973-03-31"),
    ("dob", "1996-2-10", "1996-02-10"),
    ("dob", "1996/02/10", "1996-02-10"),
    ("dob", "Feb 10, 1996", "1996-02-10"),
    ("dob", "february 10th 1996", "1996-02-10"),
    ("dob", "10 Sept 1996", "1996-09-10"),
    ("dob", "10\u201110\u20111996", "1996-10-10"),
    ("state", "Oregon", "OR"),
    ("state", "Guam", "GU"),
    ("state", "american  samoa", "AS"),
    ("state", "Virgin Islands", "VI"),
    ("state", "U.S. Virgin Islands", "VI"),
    ("state", "Northern Mariana Islands", "MP"),
    ("state", "Puerto\u00a0Rico", "PR"),
    ("state", "Washington, D.C.", "DC"),
    ("zip", "97403-1234", "97403"),
    ("zip", "97403\u20131234", "97403"),
    ("zip", "97403 1234", "97403"),
    ("zip", "974031234", "97403"),
    ("phone", "+1 (503) 555-0142", "5035550142"),
    ("phone", "1-503-555-0142", "5035550142"),
    ("phone", "503.555.0142", "5035550142"),
    ("phone", "503/555-0142", "5035550142"),
    ("phone", "tel:+1-503-555-0142", "5035550142"),
    ("phone", "Mobile: (503)\u00a0555\u20110142", "5035550142"),
    ("phone", "(503) 555-0142 (home)", "5035550142"),
    ("email", "mailto: zoe@example.com", "zoe@example.com"),
    ("email", "Zoë <zoe@example.com>;", "zoe@example.com"),
]

# Nobody can say for certain what these mean, or upstream could not keep it.
REFUSED = [
    ("dob", "2/10/14", "MM/DD/YYYY"),
    ("dob", "2.10.1996", "MM/DD/YYYY"),
    ("dob", "02/30/1996", "no such day"),
    ("dob", "May 1996", "MM/DD/YYYY"),
    ("dob", "02/10/1996 or 1997", "MM/DD/YYYY"),
    ("dob", "Foo 10, 1996", "MM/DD/YYYY"),
    ("phone", "+1 (503) 555-0142 ext. 3", "extension"),
    ("phone", "503-555-0142x3", "extension"),
    ("phone", "503-555-0142 #3", "extension"),
    ("phone", "+49 30 12345678", "United States"),
    ("phone", "+49 30 123456", "United States"),
    ("phone", "555-0142", "Ten digits"),
    ("zip", "97403-12", "Five digits"),
    ("state", "British Columbia", "Choose a state"),
]


def body(typed: dict[str, str]) -> dict[str, Any]:
    """What a program would send that leaves all checks to upstream."""
    contact = {"phone": typed.get("phone"), "email": typed.get("email")}
    return {
        "firstName": typed["first_name"],
        "lastName": typed["last_name"],
        "dob": typed["dob"],
        "genderAtBirth": typed["gender_at_birth"],
        "address": {
            "addressLine1": typed["address_line1"],
            "addressLine2": typed.get("address_line2"),
            "city": typed["city"],
            "state": typed["state"],
            "zip": typed["zip"],
        },
        "contact": contact if any(contact.values()) else None,
        "externalId": typed.get("external_id"),
    }


def sandbox_accepts(sent: dict[str, Any]) -> bool:
    try:
        validation.patient(sent, TODAY)
    except Refusal:
        return False
    return True


def form_accepts(typed: dict[str, str]) -> bool:
    try:
        PatientForm(**typed).checked(TODAY)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize(("field", "text", "right"), TABLE)
def test_form_and_sandbox_agree(field: str, text: str, right: bool) -> None:
    typed = GOOD | {field: text}
    assert form_accepts(typed) is sandbox_accepts(body(typed)) is right


@pytest.mark.parametrize(("field", "pasted", "sent"), PASTED)
def test_what_people_paste_is_sent_as_documented(field: str, pasted: str, sent: str) -> None:
    typed = GOOD | {field: pasted}
    assert PatientForm(**typed).checked(TODAY) == PatientForm(**GOOD | {field: sent}).checked(TODAY)
    assert not sandbox_accepts(body(typed)) and sandbox_accepts(body(GOOD | {field: sent}))


@pytest.mark.parametrize(("field", "typed", "reason"), REFUSED)
def test_what_could_mean_something_else_is_refused(field: str, typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {field: typed})).checked(TODAY)
    assert list(caught.value.fields) == [field] and reason in caught.value.fields[field]


@given(st.text(max_size=30))
def test_what_is_normalized_stays(text: str) -> None:
    once = PatientForm(*[text] * 13).normalized(TODAY)
    assert once.normalized(TODAY) == once


def near(text: str) -> st.SearchStrategy[str]:
    """`text`, as it is or with something odd in the middle, at an end or in its place."""
    odd = st.text(max_size=3)
    return st.one_of(
        st.just(text), odd, st.builds(lambda part: f"{text[:2]}{part}{text[2:]}{part}", odd)
    )


MORE = {"address_line2": "#4", "phone": "541-555-0123", "email": "z@example.com"}


@given(st.fixed_dictionaries({name: near(text) for name, text in (GOOD | MORE).items()}))
def test_what_the_form_sends_is_accepted(typed: dict[str, str]) -> None:
    try:
        person = PatientForm(**typed).checked(TODAY)
    except InvalidInput:
        return
    assert sandbox_accepts(person.model_dump(by_alias=True))


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u202e",
        "\u2066",
        "\x00",
        "\x1b",
        "\x7f",
        "\u034f",
        "\u3164",
        "\ufe0f",
        "\U000e0041",
        "\ud800",
    ],
)
def test_what_nobody_sees_is_left_out_of_every_field(hidden: str) -> None:
    typed = GOOD | MORE | {"external_id": "MRN-1"}
    seen = {name: f"{hidden}{text[:1]}{hidden}{text[1:]}{hidden}" for name, text in typed.items()}
    assert PatientForm(**seen).checked(TODAY) == PatientForm(**typed).checked(TODAY)


def test_a_name_of_which_nothing_is_seen_is_missing() -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {"last_name": "\u200b\u2060"})).checked(TODAY)
    assert set(caught.value.fields) == {"last_name"}


def test_white_space_within_a_name_stays() -> None:
    person = PatientForm(**(GOOD | {"last_name": " de la  Cruz "})).checked(TODAY)
    assert person.last_name == "de la  Cruz"


def test_states_are_fifty_a_district_and_five_territories() -> None:
    assert len(STATES) == len(set(STATES)) == 56


@pytest.mark.parametrize("phone", ["---", "+1", "( ) -"])
def test_a_number_without_digits_is_wrong_and_not_absent(phone: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {"phone": phone})).checked(TODAY)
    assert list(caught.value.fields) == ["phone"]


def test_wrong_fields_are_named_in_the_order_of_the_form() -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(first_name="7", zip="1", email="x").checked(TODAY)
    assert list(caught.value.fields) == [
        "first_name",
        "last_name",
        "dob",
        "gender_at_birth",
        "address_line1",
        "city",
        "state",
        "zip",
        "email",
        "facility_id",
    ]


def test_what_was_typed_is_not_in_the_trace_of_an_error() -> None:
    with pytest.raises(InvalidInput) as caught:
        PatientForm(**(GOOD | {"email": "secret-person"})).checked(TODAY)
    assert caught.value.__context__ is None
