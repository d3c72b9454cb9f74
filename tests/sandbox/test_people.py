from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.metriport.schemas import Facility, Patient
from services.sandbox.people import Person, load_facilities, load_people

PEOPLE = load_people()
FACILITIES = {facility["id"] for facility in load_facilities()}
TROUBLES = {
    "lab_fails",
    "pharmacy_not_enabled",
    "webhooks_lost",
    "opted_out",
    "no_records",
    "slow",
    "identity_inactive",
    "hie_fails",
    "all_fail",
}


def name(person: Person) -> str:
    return f"{person.patient['firstName']} {person.patient['lastName']}"


def luhn_is_valid(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def test_the_documented_examples_come_first() -> None:
    first = [(name(person), person.patient["dob"]) for person in PEOPLE[:5]]
    assert first == [
        ("Jane Smith", "1996-02-10"),
        ("Chris Smith", "1995-01-01"),
        ("Ollie Brown", "1946-03-18"),
        ("Kyla Brown", "1927-05-23"),
        ("Andreas Brown", "1952-01-01"),
    ]
    assert {person.patient["address"][0]["zip"] for person in PEOPLE[:5]} == {"00000"}


def test_there_are_about_four_hundred_with_ids_of_their_own() -> None:
    assert 380 <= len(PEOPLE) <= 420
    for field in ("id", "externalId"):
        values = [person.patient[field] for person in PEOPLE if field in person.patient]
        assert len(values) == len(set(values)) > 0.85 * len(PEOPLE)


@pytest.mark.parametrize("person", PEOPLE, ids=name)
def test_everybody_has_a_sound_wire_form(person: Person) -> None:
    patient = Patient.model_validate(person.patient)
    assert patient.gender_at_birth in {"M", "F", "O", "U"}
    assert patient.date_created is not None
    assert date.fromisoformat(patient.dob) <= patient.date_created.date()
    assert patient.date_created < datetime(2026, 8, 1, tzinfo=UTC)
    assert patient.facility_ids and set(patient.facility_ids) <= FACILITIES
    for address in patient.address:
        assert address.city and len(address.state or "") == 2 and len(address.zip or "") == 5


def test_nobody_can_be_reached() -> None:
    contacts = [one for person in PEOPLE for one in person.patient.get("contact", [])]
    phones = [one["phone"] for one in contacts if "phone" in one]
    emails = [one["email"] for one in contacts if "email" in one]
    assert phones and all(phone[3:8] == "55501" and len(phone) == 10 for phone in phones)
    assert emails and all(email.endswith(("@example.com", "@example.org")) for email in emails)


def test_ids_are_uuid7_of_the_creation() -> None:
    for person in PEOPLE:
        identity = UUID(person.patient["id"])
        created = datetime.fromisoformat(person.patient["dateCreated"])
        assert identity.version == 7
        assert identity.int >> 80 == round(created.timestamp() * 1000)


def test_every_trouble_has_its_person() -> None:
    assert {person.trouble for person in PEOPLE} == TROUBLES | {None}
    opted_out = {name(person) for person in PEOPLE if person.patient.get("hieOptOut")}
    assert opted_out == {name(person) for person in PEOPLE if person.trouble == "opted_out"}


def test_there_are_twins_namesakes_and_all_genders() -> None:
    births = Counter(
        (person.patient["lastName"], person.patient["dob"], str(person.patient["address"]))
        for person in PEOPLE
    )
    namesakes = Counter(map(name, PEOPLE))
    assert max(births.values()) == 2
    assert namesakes["Robert Thatcher"] == 2
    assert {person.patient["genderAtBirth"] for person in PEOPLE} == set("MFOU")


def test_ages_reach_from_a_newborn_to_a_centenarian() -> None:
    births = sorted(date.fromisoformat(person.patient["dob"]) for person in PEOPLE)
    assert births[0] < date(1926, 1, 1)
    assert births[-1] > date(2026, 7, 1)


def test_facilities_have_valid_npis() -> None:
    facilities = load_facilities()
    assert len(facilities) == 6
    for facility in facilities:
        known = Facility.model_validate(facility)
        assert known.active and known.oid and facility["address"]["state"]
        # NPI check digit: Luhn over the health industry prefix and the number.
        assert luhn_is_valid(f"80840{known.npi}")


def test_what_a_caller_changes_stays_with_the_caller() -> None:
    load_people()[0].patient["firstName"] = "Changed"
    assert load_people()[0].patient["firstName"] == "Jane"
