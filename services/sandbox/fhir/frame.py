"""The person, the clinic, the practitioners, the coverage, and the encounter of each visit."""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.sandbox.fhir.chart import Chart, Resource, Visit, concept, fhir_time
from services.sandbox.fhir.codes import SNOMED, Problem
from services.sandbox.fhir.resources import problem_code

_GENDERS = {"F": "female", "M": "male", "O": "other", "U": "unknown"}
_CLINICS = (
    "Cedar Gate Primary Care",
    "Millbrook Family Practice",
    "Northfield Community Health",
    "Stonebridge Medical Group",
    "Larkspur Internal Medicine",
    "Riverbend Neighborhood Clinic",
)
_PRACTITIONERS = (
    ("Amara", "Lindgren"),
    ("Tobias", "Echeverría"),
    ("Priya", "Radcliffe"),
    ("Hollis", "Nakagawa"),
    ("Simone", "Abernathy"),
    ("Yusef", "Carrigan"),
    ("Beatrix", "Oyelaran"),
    ("Callum", "Szymborski"),
)
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_MR = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}


class Frame(NamedTuple):
    """References to where a person is seen, and by whom."""

    clinic: Resource
    practitioners: list[Resource]


def add_frame(chart: Chart) -> Frame:
    """Write down the undated resources that the others refer to."""
    clinic = _add_organization(chart, chart.rng.choice(_CLINICS), "prov", "Healthcare Provider")
    doctors = [_add_practitioner(chart, *name) for name in chart.rng.sample(_PRACTITIONERS, 2)]
    _add_patient(chart, clinic)
    _add_coverage(chart)
    return Frame(clinic, doctors)


def _add_organization(chart: Chart, name: str, code: str, display: str) -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/organization-type"
    content = {"active": True, "type": [concept(system, code, display)], "name": name}
    return chart.add("Organization", content)


def _add_practitioner(chart: Chart, given: str, family: str) -> Resource:
    name = {"use": "official", "family": family, "given": [given], "suffix": ["MD"]}
    return chart.add("Practitioner", {"active": True, "name": [name]})


def _add_patient(chart: Chart, clinic: Resource) -> None:
    patient = chart.patient
    content = {
        "id": patient["id"],
        "name": [{"use": "official", **_name(patient)}],
        "gender": _GENDERS.get(chart.sex, "unknown"),
        "birthDate": patient["dob"],
        "address": [_address(address) for address in patient["address"]],
        "managingOrganization": clinic,
    }
    if patient.get("externalId"):
        content["identifier"] = [{"type": {"coding": [_MR]}, "value": patient["externalId"]}]
    if telecom := _telecom(patient):
        content["telecom"] = telecom
    chart.add("Patient", content)


def _name(patient: Resource) -> Resource:
    given = patient["firstName"].replace(",", " ").split()
    return {"family": patient["lastName"], "given": given}


def _address(address: Resource) -> Resource:
    lines = [address.get("addressLine1"), address.get("addressLine2")]
    return {
        "use": "home",
        "line": [line for line in lines if line],
        "city": address["city"],
        "state": address["state"],
        "postalCode": address["zip"],
        "country": address.get("country", "USA"),
    }


def _telecom(patient: Resource) -> list[Resource]:
    return [
        {"system": system, "value": contact[system]}
        for contact in patient.get("contact", [])
        for system in ("phone", "email")
        if contact.get(system)
    ]


def _add_coverage(chart: Chart) -> None:
    payer, code, display = _payer(chart)
    organization = _add_organization(chart, payer, "pay", "Payer")
    content = {
        "status": "active",
        "type": {"coding": [{"system": _ACT_CODE, "code": code, "display": display}]},
        "subscriberId": f"SBX{chart.rng.randrange(10**9):09d}",
        "beneficiary": chart.reference,
        "payor": [organization],
    }
    chart.add("Coverage", content)


def _payer(chart: Chart) -> tuple[str, str, str]:
    if chart.age(chart.last) >= 65:
        return "Medicare", "PUBLICPOL", "public healthcare"
    if chart.chance(0.3):
        return "Medicaid", "PUBLICPOL", "public healthcare"
    return "Bluestem Mutual Health Plan", "EHCPOL", "extended healthcare"


def open_visit(
    chart: Chart, frame: Frame, when: datetime, kind: tuple[str, str], reason: Problem | None
) -> Visit:
    """Add an encounter at the clinic (`when` in UTC); `kind` is its SNOMED CT code and display."""
    practitioner = frame.practitioners[0 if chart.chance(0.8) else 1]
    content = {
        "status": "finished",
        "class": {"system": _ACT_CODE, "code": "AMB", "display": "ambulatory"},
        "type": [concept(SNOMED, *kind)],
        "subject": chart.reference,
        "participant": [{"individual": practitioner}],
        "period": _period(when, chart.rng.randrange(15, 50)),
        "serviceProvider": frame.clinic,
    }
    if reason:
        content["reasonCode"] = [problem_code(reason)]
    return Visit(chart, when, chart.add("Encounter", content, when.date()), practitioner)


def _period(start: datetime, minutes: int) -> Resource:
    end = start + timedelta(minutes=minutes)
    return {"start": fhir_time(start), "end": fhir_time(end)}
