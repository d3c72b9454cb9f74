"""The clinical record of a patient as a FHIR R4 Bundle, and the counts of its resources."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from services.sandbox.fhir.chart import Chart
from services.sandbox.fhir.course import write

_BASE = "https://fhir.example.org"


def bundle(
    patient: dict[str, Any],
    resources: Collection[str] | None,
    date_from: date | None,
    date_to: date | None,
) -> dict[str, Any]:
    """A searchset Bundle with the record of a patient (wire form); the same every time.

    `resources` (None: all) selects resource types. The dates are inclusive and select by clinical
    date; resources without one are always selected. References resolve inside the bundle, except
    those to types that are not selected.
    """
    entries = [
        {
            "fullUrl": f"{_BASE}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in _selected(patient, resources, date_from, date_to)
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "entry": entries,
    }


def counts(
    patient: dict[str, Any],
    resources: Collection[str] | None,
    date_from: date | None,
    date_to: date | None,
) -> dict[str, int]:
    """How many resources of each type `bundle` holds for the same arguments."""
    selected = _selected(patient, resources, date_from, date_to)
    return dict(sorted(Counter(resource["resourceType"] for resource in selected).items()))


def _selected(
    patient: dict[str, Any],
    resources: Collection[str] | None,
    date_from: date | None,
    date_to: date | None,
) -> Iterator[dict[str, Any]]:
    chart = Chart.of(patient)
    write(chart)
    earliest, latest = date_from or date.min, date_to or date.max
    for day, resource in chart.entries:
        wanted = resources is None or resource["resourceType"] in resources
        if wanted and (day is None or earliest <= day <= latest):
            yield resource
