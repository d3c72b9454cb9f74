"""A patient as typed into a form, checked by the rules that upstream documents."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from services.errors import InvalidInput
from services.metriport.demographics import CheckedPatient, Rule, Violation, violations
from services.metriport.schemas import Address, NewPatient, Patient
from services.metriport.states import STATE_NAMES
from services.patients.normalize import (
    has_extension,
    is_no_day,
    normalize_date,
    normalize_email,
    normalize_phone,
    normalize_state,
    normalize_text,
    normalize_zip,
)

__all__ = ["GENDERS", "STATE_NAMES", "PatientForm"]

GENDERS = {"F": "Female", "M": "Male", "O": "Other", "U": "Unknown"}

# Upstream documents no lengths; these keep a pasted page out of a name.
_LONGEST = {
    "first_name": 100,
    "last_name": 100,
    "address_line1": 200,
    "city": 200,
    "external_id": 100,
    "facility_id": 200,
}

_REASONS = {
    Rule.REQUIRED: "Required.",
    Rule.DATE_FORM: "Write it as MM/DD/YYYY or YYYY-MM-DD, as in 02/10/1996.",
    Rule.REAL_DATE: "There is no such day.",
    Rule.NOT_IN_FUTURE: "Lies in the future.",
    Rule.NOT_BEFORE_1900: "Lies before 1900.",
}
# Fields where one sentence answers every mistake, an empty field included.
_REASONS_OF_FIELDS = {
    "gender_at_birth": "Choose one.",
    "state": "Choose a state.",
    "zip": "Five digits, as in 97403, or nine.",
    "phone": "Ten digits of a number in the United States, as in 541-555-0123.",
    "email": "An address as in name@example.com.",
}
_NO_EXTENSION = "Leave out the extension: Metriport keeps the ten digits only."

_NORMALIZE: dict[str, Callable[[str], str]] = {
    "state": normalize_state,
    "zip": normalize_zip,
    "phone": normalize_phone,
    "email": normalize_email,
}


@dataclass(frozen=True)
class PatientForm:
    """What was typed, as it was typed."""

    first_name: str = ""
    last_name: str = ""
    dob: str = ""
    gender_at_birth: str = ""
    address_line1: str = ""
    address_line2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    email: str = ""
    external_id: str = ""
    facility_id: str = ""

    @classmethod
    def of(cls, patient: Patient, facility_id: str = "") -> "PatientForm":
        """The form as it is filled for a person whom upstream knows.

        It shows the first address, and the first telephone and e-mail of all contacts.
        """
        home = patient.address[0] if patient.address else Address()
        phones = [contact.phone for contact in patient.contact if contact.phone]
        emails = [contact.email for contact in patient.contact if contact.email]
        return cls(
            first_name=patient.first_name,
            last_name=patient.last_name,
            dob=patient.dob,
            gender_at_birth=patient.gender_at_birth,
            address_line1=home.address_line1 or "",
            address_line2=home.address_line2 or "",
            city=home.city or "",
            state=home.state or "",
            zip=home.zip or "",
            phone=phones[0] if phones else "",
            email=emails[0] if emails else "",
            external_id=patient.external_id or "",
            facility_id=facility_id,
        )

    def normalized(self, today: date) -> "PatientForm":
        """The same with each field as upstream documents it, as far as it can be understood."""
        seen = {name: normalize_text(text) for name, text in vars(self).items()}
        understood = {name: read(seen[name]) for name, read in _NORMALIZE.items()}
        understood["dob"] = normalize_date(seen["dob"], today)
        return replace(self, **(seen | understood))

    def checked(self, today: date) -> NewPatient:
        """The patient to send, normalized; raises `InvalidInput` with every wrong field.

        `today` (UTC) is the latest date of birth.
        """
        typed = vars(self.normalized(today))
        reasons = _reasons_of_form(typed, today)
        try:
            checked = CheckedPatient.model_validate(_wire(typed), context=today)
        except ValidationError as error:
            reasons = _reasons_of_rules(violations(error)) | reasons
        if reasons:
            # Outside of the handler: the error of the rules repeats what was typed.
            in_order = {name: reasons[name] for name in typed if name in reasons}
            raise InvalidInput("Some fields need another look.", in_order)
        return NewPatient.model_validate(checked.wire())


def _wire(typed: dict[str, str]) -> dict[str, object]:
    """The body that the fields make, in wire form."""
    wire: dict[str, object] = {to_camel(name): value for name, value in typed.items()}
    contact = {"phone": typed["phone"], "email": typed["email"]}
    # The address reads its own fields and drops the others.
    return wire | {"address": wire, "contact": contact if any(contact.values()) else None}


def _reasons_of_rules(found: list[Violation]) -> dict[str, str]:
    """The reason beside each field that breaks a documented rule."""
    fields = {to_camel(name): name for name in vars(PatientForm())}
    broken = {fields[str(violation.path[-1])]: violation.rule for violation in found}
    return {name: _REASONS_OF_FIELDS.get(name) or _REASONS[rule] for name, rule in broken.items()}


def _reasons_of_form(typed: dict[str, str], today: date) -> dict[str, str]:
    """The reason beside each field that breaks a rule of this form alone."""
    reasons = {} if typed["facility_id"] else {"facility_id": "Required."}
    for name, limit in _LONGEST.items():
        if len(typed[name]) > limit:
            reasons[name] = f"At most {limit} characters."
    for name in ("first_name", "last_name"):
        if not any(letter.isalpha() for letter in typed[name]):
            reasons[name] = "A name has letters." if typed[name] else _REASONS[Rule.REQUIRED]
    if is_no_day(typed["dob"], today):
        reasons["dob"] = _REASONS[Rule.REAL_DATE]
    if has_extension(typed["phone"]):
        reasons["phone"] = _NO_EXTENSION
    return reasons
