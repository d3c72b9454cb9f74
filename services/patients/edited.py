"""What an edited form makes of a person, and how it differs from what stands upstream meanwhile.

Pure functions. An update replaces a person's demographics, so whatever the form does not show is
sent back as it came: further addresses and contacts, identifiers, fields that are new here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.metriport.schemas import NewPatient, Patient
from services.patients.form import PatientForm

_OF_UPSTREAM = {
    "id",
    "facilityIds",
    "additionalIds",
    "dateCreated",
    "eTag",
    "hieOptOut",
    "treatmentRelationship",
    "status",
    "cohorts",
}
"""Fields that upstream assigns, or changes by calls of their own; an update does not bring them."""

_SHOWN_OF_ADDRESS = {"addressLine1", "addressLine2", "city", "state", "zip"}
_LOST = re.compile(
    r"(address|contact)\[|(address_line[12]|city|state|zip|country|phone|email|external_id): "
    r"(?!-?\d[\d.eE+-]*$)"
)
"""The note of something unreadable that an update would drop; a number is sent as its digits."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A field in which ours is not theirs, beside what it was when the form was opened."""

    field: str
    before: str
    ours: str
    theirs: str

    @property
    def takes_ours(self) -> bool | None:
        """Which side changed it: True for ours alone, False for theirs alone, None for both."""
        if self.before in (self.ours, self.theirs):
            return self.before == self.theirs
        return None


def changed_fields(before: PatientForm, after: PatientForm, today: date) -> list[str]:
    """The names of the fields that differ, in the order of the form; the facility is none."""
    old, new = vars(before.normalized(today)), vars(after.normalized(today))
    return [name for name in old if old[name] != new[name] and name != "facility_id"]


def compare(before: Patient, ours: PatientForm, theirs: Patient, today: date) -> list[Difference]:
    """Every field in which the form differs from what upstream has now."""
    forms = (PatientForm.of(before), ours, PatientForm.of(theirs))
    old, typed, new = (vars(form.normalized(today)) for form in forms)
    return [
        Difference(name, old[name], typed[name], new[name])
        for name in changed_fields(forms[1], forms[2], today)
    ]


def merge(ours: PatientForm, theirs: Patient, take_ours: Mapping[str, bool]) -> PatientForm:
    """Their form with those fields of ours for which `take_ours` is true."""
    chosen = {name: vars(ours)[name] for name, take in take_ours.items() if take}
    return replace(PatientForm.of(theirs, ours.facility_id), **chosen)


def would_lose(before: Patient) -> bool:
    """Whether an update would drop a part of an address, a contact or an id that was unreadable."""
    return any(_LOST.match(note) for note in before.unreadable)


def edited_patient(before: Patient, person: NewPatient) -> NewPatient:
    """The body of an update: `person` from the form, and the rest of `before` as it came."""
    known: Document = before.model_dump(mode="json", by_alias=True, exclude_none=True)
    typed: Document = person.model_dump(mode="json", by_alias=True, exclude_none=True)
    # The form shows the external id: one that was emptied is not sent back.
    kept = {name: known[name] for name in known if name not in {*_OF_UPSTREAM, "externalId"}}
    contact = typed["contact"][0] if typed["contact"] else {}
    return NewPatient.model_validate(
        kept
        | typed
        | {
            "address": _merge_home(kept["address"], typed["address"][0]),
            "contact": _merge_contacts(kept["contact"], contact),
        }
    )


def _merge_home(known: list[Document], typed: Document) -> list[Document]:
    """The addresses with the fields of the form in the first one."""
    first = known[0] if known else {}
    unseen = {name: first[name] for name in first if name not in _SHOWN_OF_ADDRESS}
    return [typed | unseen, *known[1:]]


def _merge_contacts(known: list[Document], typed: Document) -> list[Document]:
    """The contacts with the form's telephone and e-mail where the form had read them."""
    contacts = [dict(contact) for contact in known] or [{}]
    for name in ("phone", "email"):
        shown = next((contact for contact in contacts if contact.get(name)), contacts[0])
        shown.pop(name, None)
        if name in typed:
            shown[name] = typed[name]
    # Upstream refuses a contact that says neither.
    return [one for one in contacts if one in known or one.get("phone") or one.get("email")]
