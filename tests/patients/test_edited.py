"""What an update sends, and how a form differs from what stands upstream meanwhile."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metriport.schemas import Patient
from services.patients.edited import changed_fields, compare, edited_patient, merge, would_lose
from services.patients.form import PatientForm
from services.sandbox.api import validation

TODAY = date(2026, 9, 14)
HOME = {"addressLine1": "9 Elm Ct", "city": "Eugene", "state": "OR", "zip": "97403"}
BEFORE = {"addressLine1": "1 Old St", "city": "Salem", "state": "OR", "zip": "97301"}
WIRE = {
    "id": "p-1",
    "eTag": "7",
    "dateCreated": "2026-01-02T03:04:05.678Z",
    "facilityIds": ["f-1", "f-2"],
    "additionalIds": {"epic": ["e-1"]},
    "externalId": "MRN-1",
    "firstName": "Zoë",
    "lastName": "Núñez",
    "dob": "2001-07-04",
    "genderAtBirth": "F",
    "address": [HOME | {"country": "USA", "county": "Lane"}, BEFORE],
    "contact": [{"email": "zoe@example.com", "use": "home"}, {"phone": "5415550123"}],
    "personalIdentifiers": [{"type": "ssn", "value": "123456789"}],
    "preferredName": "Zo",
    "hieOptOut": False,
    "status": {"hieOptOut": False, "treatmentRelationship": True},
    "cohorts": [{"id": "c-1"}],
}


def person(**changes: Any) -> Patient:
    return Patient.model_validate(WIRE | changes, context=[])


def sent(before: Patient, **typed: str) -> dict[str, Any]:
    """The body of the update that the form makes, once `typed` is typed into it."""
    form = replace(PatientForm.of(before, "f-1"), **typed)
    body = edited_patient(before, form.checked(TODAY))
    return body.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_what_the_form_does_not_show_is_sent_back_as_it_came() -> None:
    changed = sent(person(), last_name="Brand", city="Salem", zip="97301-1234")
    own = ("firstName", "dob", "genderAtBirth", "externalId", "contact", "personalIdentifiers")
    assert {name: changed.pop(name) for name in own} == {name: WIRE[name] for name in own}
    assert changed == {
        "lastName": "Brand",
        "preferredName": "Zo",
        "address": [
            HOME | {"city": "Salem", "zip": "97301", "country": "USA", "county": "Lane"},
            BEFORE,
        ],
    }


def test_upstream_takes_what_is_sent() -> None:
    assert validation.patient(sent(person(), last_name="Brand"), TODAY)["lastName"] == "Brand"


@pytest.mark.parametrize(
    ("known", "typed", "contacts"),
    [
        ([], {"phone": "5415550100", "email": "a@b.co"},
         [{"phone": "5415550100", "email": "a@b.co"}]),
        ([{"email": "a@b.co"}], {"phone": "5415550100"},
         [{"email": "a@b.co", "phone": "5415550100"}]),
        ([{"email": "a@b.co"}, {"phone": "5415550100"}], {"phone": "5415550199"},
         [{"email": "a@b.co"}, {"phone": "5415550199"}]),
        ([{"email": "a@b.co"}, {"phone": "5415550100"}], {"email": ""}, [{"phone": "5415550100"}]),
        ([{"phone": "5415550100", "use": "home"}, {"phone": "5415550101"}], {"phone": ""},
         [{"phone": "5415550101"}]),
        ([{"phone": "5415550100", "email": "a@b.co"}, {"email": "c@d.co"}], {"email": "e@f.co"},
         [{"phone": "5415550100", "email": "e@f.co"}, {"email": "c@d.co"}]),
        ([{"fax": "1"}], {"email": "e@f.co"}, [{"fax": "1", "email": "e@f.co"}]),
    ],
)  # fmt: skip
def test_a_contact_is_changed_where_the_form_read_it(
    known: list[dict[str, str]], typed: dict[str, str], contacts: list[dict[str, str]]
) -> None:
    assert sent(person(contact=known), first_name="A", **typed)["contact"] == contacts


def test_an_external_id_or_a_second_line_that_was_emptied_is_not_sent() -> None:
    before = person(address=[HOME | {"addressLine2": "#4"}])
    changed = sent(before, external_id="", address_line2="")
    assert "externalId" not in changed and changed["address"] == [HOME | {"country": "USA"}]


@given(st.sampled_from(sorted(WIRE.keys() - {"id"})))
def test_a_person_of_whom_something_is_missing_can_be_completed(field: str) -> None:
    before = Patient.model_validate({name: WIRE[name] for name in WIRE if name != field})
    whole = vars(PatientForm.of(person(), "f-1"))
    body = edited_patient(before, PatientForm(**whole).checked(TODAY))
    assert validation.patient(body.model_dump(by_alias=True, exclude_none=True), TODAY)


def test_the_same_written_otherwise_is_no_change() -> None:
    form = PatientForm.of(person())
    same = replace(form, dob="07/04/2001", state="Oregon", phone="(541) 555-0123", facility_id="x")
    assert changed_fields(form, same, TODAY) == []
    assert changed_fields(form, replace(same, city="Salem", zip="1"), TODAY) == ["city", "zip"]


def test_both_sides_are_compared_field_by_field() -> None:
    before = person()
    ours = replace(PatientForm.of(before), last_name="Brand", city="Salem", dob="07/05/2001")
    theirs = person(lastName="Nunez", firstName="Zoe", dob="2001-07-05")
    found = {one.field: one for one in compare(before, ours, theirs, TODAY)}
    assert {name: one.takes_ours for name, one in found.items()} == {
        "first_name": False,
        "last_name": None,
        "city": True,
    }
    assert (found["last_name"].before, found["last_name"].ours) == ("Núñez", "Brand")
    assert found["last_name"].theirs == "Nunez"


def test_what_was_chosen_of_both_sides_is_one_form() -> None:
    ours = replace(PatientForm.of(person(), "f-2"), last_name="Brand", city="Salem")
    theirs = person(lastName="Nunez", firstName="Zoe")
    merged = merge(ours, theirs, {"last_name": True, "city": False, "first_name": False})
    assert (merged.first_name, merged.last_name, merged.city) == ("Zoe", "Brand", "Eugene")
    assert merged.facility_id == "f-2"


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, False),
        ({"address": [HOME, "somewhere"]}, True),
        ({"contact": [7]}, True),
        ({"contact": None, "dob": None}, False),
        ({"address": [HOME | {"zip": 97403}]}, False),
    ],
)
def test_an_unreadable_address_would_be_lost(changes: dict[str, Any], lost: bool) -> None:
    notes: list[str] = []
    found = Patient.model_validate(WIRE | changes, context=notes)
    found.keep_unreadable(notes)
    assert would_lose(found) is lost
