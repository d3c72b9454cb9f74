"""What upstream sends and stores when consolidated data are ready."""

from typing import Any

MARKER = "Zanzibar fever with singing"
"""A clinical text that stands nowhere else."""

BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "searchset",
    "entry": [
        {
            "resource": {
                "resourceType": "Condition",
                "code": {"coding": [{"display": MARKER}]},
                "onsetDateTime": "2024-05",
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "code": {"text": "Hemoglobin A1c"},
                "effectiveDateTime": "2025-02-03T23:30:00-05:00",
            }
        },
        {"resource": {"id": "neither type nor date"}},
    ],
}


def records_message(
    patient_id: str, request_id: str | None, *urls: str, when: str | None = None, **meta: Any
) -> dict[str, Any]:
    """A `medical.consolidated-data` webhook that offers the files at `urls`; none: no data."""
    attachments = [{"contentType": "application/json", "url": url} for url in urls]
    return {
        "meta": {
            "messageId": f"m-{request_id}",
            "requestId": request_id,
            "type": "medical.consolidated-data",
            "when": when,
            **meta,
        },
        "patients": [
            {
                "patientId": patient_id,
                "status": "completed",
                "bundle": {"resourceType": "Bundle", "entry": [_reference(a) for a in attachments]},
            }
        ],
    }


def _reference(attachment: dict[str, str]) -> dict[str, Any]:
    content = [{"attachment": attachment}]
    return {"resource": {"resourceType": "DocumentReference", "content": content}}
