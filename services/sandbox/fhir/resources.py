"""One function for each FHIR R4 resource type that a visit can add.

A dated resource refers only to resources of the same visit or to undated ones, so references still
resolve in any selection by dates.
"""

import base64
from datetime import date, timedelta

from services.sandbox.fhir.chart import Concept, Resource, Visit, concept, fhir_time
from services.sandbox.fhir.codes import (
    CVX,
    ICD10,
    LOINC,
    RXNORM,
    SNOMED,
    UCUM,
    Allergy,
    Analyte,
    Intervention,
    Medication,
    Panel,
    Problem,
    Vaccine,
)

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def _coded(name: str, code: str, display: str | None = None) -> Concept:
    coding = {"system": f"{_TERMINOLOGY}/{name}", "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def quantity(value: float, unit: str) -> Resource:
    """A Quantity in a UCUM unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def problem_code(problem: Problem) -> Concept:
    """A problem in both its code systems."""
    return {
        "coding": [
            {"system": ICD10, "code": problem.icd10, "display": problem.display},
            {"system": SNOMED, "code": problem.snomed, "display": problem.display},
        ],
        "text": problem.display,
    }


def add_condition(visit: Visit, problem: Problem, onset: date, abated: date | None) -> None:
    """Add a problem recorded at the visit; it is over if `abated` is given."""
    content = {
        "clinicalStatus": _coded("condition-clinical", "resolved" if abated else "active"),
        "verificationStatus": _coded("condition-ver-status", "confirmed"),
        "category": [_coded("condition-category", "problem-list-item", "Problem List Item")],
        "code": problem_code(problem),
        "onsetDateTime": onset.isoformat(),
        "recordedDate": visit.at,
        "recorder": visit.practitioner,
    }
    if abated:
        content["abatementDateTime"] = abated.isoformat()
    visit.add("Condition", content)


def add_prescription(visit: Visit, drug: Medication, reason: Problem) -> None:
    """Add a medication ordered at the visit and dispensed on the same day."""
    medication = concept(RXNORM, drug.rxnorm, drug.display)
    # Still active if the supply reaches beyond the end of the record.
    running = visit.day + timedelta(days=drug.days) > visit.chart.last
    request = visit.add(
        "MedicationRequest",
        {
            "status": "active" if running else "completed",
            "intent": "order",
            "medicationCodeableConcept": medication,
            "authoredOn": visit.at,
            "requester": visit.practitioner,
            "reasonCode": [problem_code(reason)],
            "dosageInstruction": [{"text": drug.dosage}],
            "dispenseRequest": {"quantity": _count(drug), "expectedSupplyDuration": _days(drug)},
        },
    )
    _add_dispense(visit, drug, medication, request)


def _add_dispense(visit: Visit, drug: Medication, medication: Concept, request: Resource) -> None:
    content = {
        "status": "completed",
        "medicationCodeableConcept": medication,
        "subject": visit.chart.reference,
        "context": visit.encounter,
        "authorizingPrescription": [request],
        "quantity": _count(drug),
        "daysSupply": _days(drug),
        "whenHandedOver": fhir_time(visit.when + timedelta(minutes=95)),
        "dosageInstruction": [{"text": drug.dosage}],
    }
    visit.chart.add("MedicationDispense", content, visit.day)


def _count(drug: Medication) -> Resource:
    return {"value": drug.quantity, "unit": drug.unit}


def _days(drug: Medication) -> Resource:
    return {"value": drug.days, "unit": "days", "system": UCUM, "code": "d"}


def add_immunization(visit: Visit, vaccine: Vaccine) -> None:
    """Add a vaccine given at the visit."""
    content = {
        "status": "completed",
        "vaccineCode": concept(CVX, vaccine.cvx, vaccine.display),
        "patient": visit.chart.reference,
        "encounter": visit.encounter,
        "occurrenceDateTime": visit.at,
        "primarySource": True,
        "performer": [{"actor": visit.practitioner}],
    }
    visit.chart.add("Immunization", content, visit.day)


def add_procedure(visit: Visit, intervention: Intervention) -> None:
    """Add a procedure performed at the visit."""
    content = {
        "status": "completed",
        "code": concept(SNOMED, intervention.snomed, intervention.display),
        "performedDateTime": visit.at,
        "performer": [{"actor": visit.practitioner}],
    }
    visit.add("Procedure", content)


def add_allergy(visit: Visit, allergy: Allergy) -> None:
    """Add an allergy reported at the visit."""
    content = {
        **_allergy(visit, allergy.snomed, allergy.display),
        "type": "allergy",
        "category": [allergy.category],
        "criticality": allergy.criticality,
        "reaction": [{"manifestation": [concept(SNOMED, *allergy.reaction)]}],
    }
    visit.chart.add("AllergyIntolerance", content, visit.day)


def add_no_known_allergy(visit: Visit) -> None:
    """Add the statement that no allergy is known (FHIR tells it from no statement at all)."""
    visit.chart.add(
        "AllergyIntolerance", _allergy(visit, "716186003", "No known allergy"), visit.day
    )


def _allergy(visit: Visit, snomed: str, display: str) -> Resource:
    return {
        "clinicalStatus": _coded("allergyintolerance-clinical", "active"),
        "verificationStatus": _coded("allergyintolerance-verification", "confirmed"),
        "code": concept(SNOMED, snomed, display),
        "patient": visit.chart.reference,
        "encounter": visit.encounter,
        "recordedDate": visit.at,
    }


def add_observation(visit: Visit, category: str, code: Concept, value: Resource) -> Resource:
    """Add an observation, with its value[x] or components in `value`; returns a reference."""
    content = {
        "status": "final",
        "category": [_coded("observation-category", category)],
        "code": code,
        "effectiveDateTime": visit.at,
        "performer": [visit.practitioner],
        **value,
    }
    return visit.add("Observation", content)


def add_result(visit: Visit, analyte: Analyte, value: float) -> Resource:
    """Add a laboratory result with its range and flag (H, L or N); returns a reference."""
    low, high = quantity(analyte.low, analyte.unit), quantity(analyte.high, analyte.unit)
    flag = "H" if value > analyte.high else "L" if value < analyte.low else "N"
    content = {
        "valueQuantity": quantity(value, analyte.unit),
        "interpretation": [_coded("v3-ObservationInterpretation", flag)],
        "referenceRange": [{"low": low, "high": high}],
    }
    code = concept(LOINC, analyte.loinc, analyte.display)
    return add_observation(visit, "laboratory", code, content)


def add_report(visit: Visit, panel: Panel, results: list[Resource]) -> None:
    """Add a laboratory report of these results."""
    content = {
        "status": "final",
        "category": [_coded("v2-0074", "LAB", "Laboratory")],
        "code": concept(LOINC, panel.loinc, panel.display),
        "effectiveDateTime": visit.at,
        "issued": fhir_time(visit.when + timedelta(hours=1)),
        "performer": [visit.practitioner],
        "result": results,
    }
    visit.add("DiagnosticReport", content)


def add_note(visit: Visit, text: str) -> None:
    """Add a progress note: a DocumentReference with the plain text inside."""
    attachment = {
        "contentType": "text/plain",
        "data": base64.b64encode(text.encode()).decode(),
        "title": "Progress note",
        "creation": visit.at,
    }
    content = {
        "status": "current",
        "docStatus": "final",
        "type": concept(LOINC, "11506-3", "Progress note"),
        "subject": visit.chart.reference,
        "date": visit.at,
        "author": [visit.practitioner],
        "content": [{"attachment": attachment}],
        "context": {"encounter": [visit.encounter]},
    }
    visit.chart.add("DocumentReference", content, visit.day)
