"""A new patient as typed into a form, checked by the rules that upstream documents."""

import re
from dataclasses import dataclass
from datetime import date

from services.errors import InvalidInput
from services.metriport.schemas import Address, Contact, NewPatient

GENDERS = {"F": "Female", "M": "Male", "O": "Other", "U": "Unknown"}

# fmt: off
STATES = (
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN",
    "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH",
    "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX",
    "UT", "VT", "VA", "WA", "WV", "WI", "WY",
)
# fmt: on

_NAME_LIMIT = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


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
        """The patient to send; raises `InvalidInput` with every wrong field and its reason."""
        typed = {name: value.strip() for name, value in vars(self).items()}
        reasons = _reasons(typed, today)
        if reasons:
            raise InvalidInput("Some fields need another look.", reasons)
        return _patient(typed)


def _reasons(typed: dict[str, str], today: date) -> dict[str, str]:
    checks = {
        "first_name": _name(typed["first_name"]),
        "last_name": _name(typed["last_name"]),
        "dob": _birth_date(typed["dob"], today),
        "gender_at_birth": _member(typed["gender_at_birth"], GENDERS, "Choose one."),
        "address_line1": _required(typed["address_line1"]),
        "city": _required(typed["city"]),
        "state": _member(typed["state"], STATES, "Choose a state."),
        "zip": _pattern(typed["zip"], r"\d{5}", "Five digits, as in 97403."),
        "phone": typed["phone"] and _phone(typed["phone"]),
        "email": typed["email"] and _email(typed["email"]),
        "external_id": _at_most(typed["external_id"], 100),
        "facility_id": _required(typed["facility_id"]),
    }
    return {name: reason for name, reason in checks.items() if reason}


def _required(text: str) -> str:
    return _at_most(text, 200) if text else "Required."


def _at_most(text: str, limit: int) -> str:
    return f"At most {limit} characters." if len(text) > limit else ""


def _name(text: str) -> str:
    if not text:
        return "Required."
    if not any(letter.isalpha() for letter in text):
        return "A name has letters."
    return _at_most(text, _NAME_LIMIT)


def _birth_date(text: str, today: date) -> str:
    if not text:
        return "Required."
    try:
        born = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return "There is no such day."
    if born is None:
        return "Write it as YYYY-MM-DD, as in 1996-02-10."
    if born > today:
        return "Lies in the future."
    return "Lies before 1900." if born.year < 1900 else ""


def _member(text: str, allowed: object, otherwise: str) -> str:
    return "" if text in allowed else otherwise  # type: ignore[operator]


def _pattern(text: str, pattern: str, otherwise: str) -> str:
    return "" if re.fullmatch(pattern, text, re.ASCII) else otherwise


def _digits(text: str) -> str:
    digits = re.sub(r"[\s().+-]", "", text)
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def _phone(text: str) -> str:
    return _pattern(_digits(text), r"\d{10}", "Ten digits, as in 541-555-0123.")


def _email(text: str) -> str:
    return "" if _EMAIL.fullmatch(text) else "An address as in name@example.com."


def _patient(typed: dict[str, str]) -> NewPatient:
    address = Address(
        address_line1=typed["address_line1"],
        address_line2=typed["address_line2"] or None,
        city=typed["city"],
        state=typed["state"],
        zip=typed["zip"],
        country="USA",
    )
    contact = Contact(phone=_digits(typed["phone"]) or None, email=typed["email"] or None)
    return NewPatient(
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        dob=typed["dob"],
        gender_at_birth=typed["gender_at_birth"],
        address=[address],
        contact=[contact] if contact.phone or contact.email else [],
        external_id=typed["external_id"] or None,
    )
