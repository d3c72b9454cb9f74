import base64
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from services.sandbox.fhir.bundles import bundle, counts
from services.sandbox.people import Person, load_people

PEOPLE = load_people()
SAMPLE = PEOPLE[:40:2] + PEOPLE[40::20]
END = date(2026, 7, 31)
# Elements of FHIR R4 with a minimum of one, per type; the first of a choice type stands for it.
REQUIRED = {
    "AllergyIntolerance": ["patient", "clinicalStatus", "code"],
    "Condition": ["subject", "clinicalStatus", "code"],
    "Coverage": ["status", "beneficiary", "payor"],
    "DiagnosticReport": ["status", "code", "result"],
    "DocumentReference": ["status", "content", "type"],
    "Encounter": ["status", "class", "period"],
    "Immunization": ["status", "vaccineCode", "patient", "occurrenceDateTime"],
    "MedicationDispense": ["status", "medicationCodeableConcept"],
    "MedicationRequest": ["status", "intent", "medicationCodeableConcept", "subject"],
    "Observation": ["status", "code", "effectiveDateTime"],
    "Organization": ["name"],
    "Patient": ["name", "gender", "birthDate"],
    "Practitioner": ["name"],
    "Procedure": ["status", "subject", "performedDateTime"],
}
# The R4 value sets with a required binding, as far as the sandbox uses them.
BOUND = {
    ("AllergyIntolerance", "criticality"): {"low", "high", "unable-to-assess"},
    ("Coverage", "status"): {"active", "cancelled", "draft", "entered-in-error"},
    ("DiagnosticReport", "status"): {"registered", "partial", "preliminary", "final"},
    ("DocumentReference", "status"): {"current", "superseded", "entered-in-error"},
    ("Encounter", "status"): {"planned", "in-progress", "finished", "cancelled"},
    ("Immunization", "status"): {"completed", "entered-in-error", "not-done"},
    ("MedicationDispense", "status"): {"in-progress", "completed", "stopped"},
    ("MedicationRequest", "status"): {"active", "on-hold", "completed", "stopped"},
    ("MedicationRequest", "intent"): {"proposal", "plan", "order"},
    ("Observation", "status"): {"registered", "preliminary", "final", "amended"},
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Procedure", "status"): {"preparation", "in-progress", "completed"},
}
WOMEN_ONLY = {"Z33.1", "M81.0", "D50.9", "N39.0", "71651007", "171149006", "236886002"}
MEN_ONLY = {"N40.0", "22523008", "2857-1"}


def name(person: Person) -> str:
    return f"{person.patient['firstName']} {person.patient['lastName']}"


def named(wanted: str) -> dict[str, Any]:
    return next(person.patient for person in PEOPLE if name(person) == wanted)


def resources(patient: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle(patient, None, None, None)["entry"]]


def walk(value: Any, key: str) -> Iterator[Any]:
    """Every value that stands under `key`, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from walk(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, key)


def codes(patient: dict[str, Any]) -> set[str]:
    return {code for code in walk(resources(patient), "code") if isinstance(code, str)}


@pytest.mark.parametrize("person", SAMPLE, ids=name)
def test_each_resource_is_complete_and_each_code_allowed(person: Person) -> None:
    for resource in resources(person.patient):
        kind = resource["resourceType"]
        assert all(resource.get(field) for field in REQUIRED[kind]), resource
        for (bound, field), allowed in BOUND.items():
            if bound == kind and field in resource:
                assert resource[field] in allowed
        if kind == "Observation":
            assert any(field.startswith(("value", "component")) for field in resource)
        if "abatementDateTime" in resource:
            assert resource["clinicalStatus"]["coding"][0]["code"] == "resolved"


@pytest.mark.parametrize("person", SAMPLE, ids=name)
def test_references_resolve_over_all_time_and_over_any_part_of_it(person: Person) -> None:
    windows = [(None, None)] + [
        (END - timedelta(days=back), END - timedelta(days=back - 400)) for back in (500, 1300, 2600)
    ]
    for earliest, latest in windows:
        entries = bundle(person.patient, None, earliest, latest)["entry"]
        present = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries}
        assert len(present) == len(entries)
        assert set(walk(entries, "reference")) <= present
        assert {one["fullUrl"] for one in entries} == {
            f"https://fhir.example.org/{reference}" for reference in present
        }


@pytest.mark.parametrize("person", SAMPLE, ids=name)
def test_nothing_happened_before_birth_or_after_the_end(person: Person) -> None:
    fields = ("effectiveDateTime", "authoredOn", "recordedDate", "onsetDateTime", "start", "date")
    found = resources(person.patient)
    days = [date.fromisoformat(at[:10]) for field in fields for at in walk(found, field)]
    assert days
    assert date.fromisoformat(person.patient["dob"]) <= min(days)
    assert max(days) <= END


@pytest.mark.parametrize("person", SAMPLE, ids=name)
def test_counts_equal_what_the_bundle_holds(person: Person) -> None:
    filters: list[tuple[Any, Any, Any]] = [
        (None, None, None),
        ({"Observation", "Condition"}, None, None),
        (None, date(2024, 1, 1), date(2025, 6, 30)),
        (["Encounter"], date(2025, 1, 1), None),
    ]
    for chosen in filters:
        held = bundle(person.patient, *chosen)
        kinds = Counter(entry["resource"]["resourceType"] for entry in held["entry"])
        assert counts(person.patient, *chosen) == dict(kinds)
        assert held["total"] == kinds.total()


def test_what_is_asked_for_is_what_comes() -> None:
    jane = named("Jane Smith")
    encounters = bundle(jane, ["Encounter"], date(2025, 1, 1), date(2025, 12, 31))["entry"]
    starts = [entry["resource"]["period"]["start"] for entry in encounters]
    assert starts and all(start.startswith("2025-") for start in starts)
    assert counts(jane, [], None, None) == {}
    undated = counts(jane, None, date(2100, 1, 1), None)
    assert undated == {"Coverage": 1, "Organization": 2, "Patient": 1, "Practitioner": 2}


def test_the_same_person_has_the_same_record_and_nobody_elses() -> None:
    jane, chris = named("Jane Smith"), named("Chris Smith")
    assert bundle(jane, None, None, None) == bundle(dict(jane), None, None, None)
    ids = [{resource["id"] for resource in resources(one)} for one in (jane, chris)]
    assert ids[0].isdisjoint(ids[1])


def test_a_corrected_name_is_in_the_record_and_changes_nothing_else() -> None:
    jane = named("Jane Smith")
    renamed = {**jane, "lastName": "Smith-Rivera"}
    before, after = resources(jane), resources(renamed)
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [resource["name"][0]["family"] for resource in differing] == ["Smith-Rivera"]


def test_records_suit_sex_and_age() -> None:
    for person in PEOPLE[::3]:
        patient, found = person.patient, codes(person.patient)
        if patient["genderAtBirth"] == "M":
            assert found.isdisjoint(WOMEN_ONLY)
        else:
            assert found.isdisjoint(MEN_ONLY)
        if patient["dob"] > "2012":
            assert found.isdisjoint({"Z33.1", "E11.9", "I10", "73761001", "72166-2"})


def test_an_adult_has_much_and_a_newborn_little() -> None:
    sizes = [
        sum(counts(person.patient, None, None, None).values())
        for person in PEOPLE
        if person.patient["dob"] < "2004"
    ]
    sizes.sort()
    assert sizes[len(sizes) // 10] >= 80
    assert sizes[len(sizes) * 9 // 10] <= 400
    newborn = counts(named("Wren O'Malley-Vang"), None, None, None)
    assert sum(newborn.values()) < 30 and newborn["Immunization"] == 1


def test_measurements_are_plausible_and_in_ucum() -> None:
    ranges = {"8310-5": (35, 40), "59408-5": (85, 100), "2345-7": (45, 300), "4548-4": (3, 12)}
    for person in SAMPLE:
        for observation in resources(person.patient):
            if observation["resourceType"] == "Observation" and "valueQuantity" in observation:
                quantity = observation["valueQuantity"]
                assert quantity["system"] == "http://unitsofmeasure.org" and quantity["code"]
                low, high = ranges.get(observation["code"]["coding"][0]["code"], (0, 800))
                assert low <= quantity["value"] <= high, observation


def test_reports_point_at_laboratory_results_of_the_same_hour() -> None:
    found = resources(named("Lucinda Labelle"))
    by_reference = {f"{one['resourceType']}/{one['id']}": one for one in found}
    reports = [one for one in found if one["resourceType"] == "DiagnosticReport"]
    assert reports
    for report in reports:
        for result in report["result"]:
            observation = by_reference[result["reference"]]
            assert observation["category"][0]["coding"][0]["code"] == "laboratory"
            assert observation["effectiveDateTime"] == report["effectiveDateTime"]


def test_notes_can_be_read() -> None:
    notes = [
        one for one in resources(named("Jane Smith")) if one["resourceType"] == "DocumentReference"
    ]
    texts = [base64.b64decode(note["content"][0]["attachment"]["data"]).decode() for note in notes]
    assert texts and all(text.startswith("Reason for visit: ") for text in texts)


def test_somebody_created_later_has_a_record_up_to_then() -> None:
    newborn = {**named("Wren O'Malley-Vang"), "dob": "2027-03-01"}
    newborn["dateCreated"] = "2027-03-20T15:00:00.000Z"
    held = bundle(newborn, ["Encounter"], None, None)["entry"]
    assert [entry["resource"]["period"]["start"][:10] for entry in held] == ["2027-03-01"]
