"""A new patient as typed into a form, checked by the rules that upstream documents."""

from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from services.errors import InvalidInput
from services.metriport.demographics import (
    STATES,
    CheckedPatient,
    Rule,
    Violation,
    violations,
    without_hidden,
)
from services.metriport.schemas import NewPatient

__all__ = ["GENDERS", "STATES", "PatientForm"]

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
    Rule.DATE_FORM: "Write it as YYYY-MM-DD, as in 1996-02-10.",
    Rule.REAL_DATE: "There is no such day.",
    Rule.NOT_IN_FUTURE: "Lies in the future.",
    Rule.NOT_BEFORE_1900: "Lies before 1900.",
}
# Fields where one sentence answers every mistake, an empty field included.
_REASONS_OF_FIELDS = {
    "gender_at_birth": "Choose one.",
    "state": "Choose a state.",
    "zip": "Five digits, as in 97403.",
    "phone": "Ten digits, as in 541-555-0123.",
    "email": "An address as in name@example.com.",
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

    def checked(self, today: date) -> NewPatient:
        """The patient to send; raises `InvalidInput` with every wrong field and its reason.

        `today` (UTC) is the latest date of birth. Characters that nobody sees are left out.
        """
        typed = {name: without_hidden(value).strip() for name, value in vars(self).items()}
        reasons = _reasons_of_form(typed)
        try:
            checked = CheckedPatient.model_validate(_wire(typed), context=today)
        except ValidationError as error:
            reasons |= _reasons_of_rules(violations(error))
        if reasons:
            # Outside of the handler: the error of the rules repeats what was typed.
            in_order = {name: reasons[name] for name in typed if name in reasons}
            raise InvalidInput("Some fields need another look.", in_order)
        return NewPatient.model_validate(checked.wire())


def _wire(typed: dict[str, str]) -> dict[str, object]:
    """The body that the fields make, in wire form."""
    wire: dict[str, object] = {to_camel(name): value for name, value in typed.items()}
    # Punctuation alone is a wrong number, not an absent one.
    contact = {"phone": _digits(typed["phone"]) or typed["phone"], "email": typed["email"]}
    # The address reads its own fields and drops the others.
    return wire | {"address": wire, "contact": contact if any(contact.values()) else None}


def _digits(text: str) -> str:
    """A telephone number without its punctuation and the country's 1."""
    digits = "".join(text.translate(_PUNCTUATION).split())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


_PUNCTUATION = str.maketrans("", "", "().+-")


def _reasons_of_rules(found: list[Violation]) -> dict[str, str]:
    """The reason beside each field that breaks a documented rule."""
    fields = {to_camel(name): name for name in vars(PatientForm())}
    broken = {fields[str(violation.path[-1])]: violation.rule for violation in found}
    return {name: _REASONS_OF_FIELDS.get(name) or _REASONS[rule] for name, rule in broken.items()}


def _reasons_of_form(typed: dict[str, str]) -> dict[str, str]:
    """The reason beside each field that breaks a rule of this form alone."""
    reasons = {} if typed["facility_id"] else {"facility_id": "Required."}
    for name, limit in _LONGEST.items():
        if len(typed[name]) > limit:
            reasons[name] = f"At most {limit} characters."
    for name in ("first_name", "last_name"):
        if not any(letter.isalpha() for letter in typed[name]):
            reasons[name] = "A name has letters."
    return reasons
