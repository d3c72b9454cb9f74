"""The consolidated data of patients: as a FHIR Bundle, as counts, and as a readable summary."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from services.sandbox.fhir import bundles
from services.sandbox.patients import Document, Patients

CONTENT_TYPES = {"json": "application/json", "pdf": "application/pdf", "html": "text/html"}


@dataclass(frozen=True)
class Selection:
    """Which resources are asked for; None restricts nothing, both dates are inclusive."""

    resources: Collection[str] | None = None
    date_from: date | None = None
    date_to: date | None = None


class Records:
    """The consolidated data of every patient."""

    def __init__(self, patients: Patients) -> None:
        self._patients = patients

    def bundle(self, patient_id: str, selection: Selection) -> dict[str, Any]:
        """A FHIR Bundle; empty for a patient without records."""
        patient = self._recorded(patient_id)
        if patient is None:
            return {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []}
        return bundles.bundle(patient, selection.resources, selection.date_from, selection.date_to)

    def counts(self, patient_id: str, selection: Selection) -> dict[str, int]:
        """How many resources of each type there are."""
        patient = self._recorded(patient_id)
        if patient is None:
            return {}
        return bundles.counts(patient, selection.resources, selection.date_from, selection.date_to)

    def summary(self, patient_id: str, selection: Selection) -> list[str]:
        """The lines of a summary, its title first."""
        patient = self._patients.get(patient_id) or {}
        name = f"{patient.get('firstName', '')} {patient.get('lastName', '')}"
        lines = ["Medical record summary (sandbox data)", f"{name}, born {patient.get('dob', '')}"]
        return lines + [f"{type_}: {n}" for type_, n in self.counts(patient_id, selection).items()]

    def _recorded(self, patient_id: str) -> Document | None:
        """The patient, or None if they are unknown or have no records."""
        if self._patients.trouble(patient_id) == "no_records":
            return None
        return self._patients.get(patient_id)


def as_html(lines: list[str]) -> bytes:
    """A summary as an HTML page."""
    title, *rest = (escape(line) for line in lines)
    items = "".join(f"<p>{line}</p>" for line in rest)
    page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
</head><body><h1>{title}</h1>{items}</body></html>"""
    return page.encode()
