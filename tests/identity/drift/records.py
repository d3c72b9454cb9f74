"""A record as upstream answers it, and its changes."""

from typing import Any

from services.metriport.schemas import Patient
from tests.identity.stage import PERSON
from tests.world import PATIENT

HOME = PERSON["address"][0]  # type: ignore[index]
PAST = {"addressLine1": "9 Elm Ct", "city": "Eugene", "state": "OR", "zip": "97403"}


def record(**changes: Any) -> Patient:
    """The record, with some of its fields changed; the names are those of the wire."""
    return Patient.model_validate({"id": PATIENT} | PERSON | changes)
