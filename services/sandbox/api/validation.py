"""Refuses a patient who is not as documented: a 400 that says `<field>: <reason>`.

The rules are those of `services.metriport.demographics`; here are only the words of the API.
"""

from datetime import date
from typing import Any

from pydantic import ValidationError

from services.metriport.demographics import (
    COUNTRIES,
    GENDERS,
    IDENTIFIERS,
    CheckedDemographics,
    CheckedPatient,
    Rule,
    Violation,
    violations,
)
from services.sandbox.answers import Refusal, wrong

Fields = dict[str, Any]

_REASONS = {
    Rule.REQUIRED: "is required",
    Rule.TEXT: "must be a string",
    Rule.OBJECT: "must be an object",
    Rule.HIDDEN_CHARACTERS: "must not contain characters that cannot be seen",
    Rule.DATE_FORM: "must be a date, YYYY-MM-DD",
    Rule.REAL_DATE: "must be a real date",
    Rule.NOT_IN_FUTURE: "must not be in the future, nor before 1900",
    Rule.NOT_BEFORE_1900: "must not be in the future, nor before 1900",
    Rule.GENDER: f"must be one of {', '.join(GENDERS)}",
    Rule.TWO_LETTERS: "must be two letters",
    Rule.STATE: "must be a state or a territory",
    Rule.ZIP: "must be five digits",
    Rule.COUNTRY: f"must be one of {', '.join(COUNTRIES)}",
    Rule.PHONE: "must be ten digits",
    Rule.EMAIL: "must be an e-mail address",
    Rule.PHONE_OR_EMAIL: "must have a phone or an email",
    Rule.IDENTIFIER: f"must be one of {', '.join(IDENTIFIERS)}",
    Rule.SSN: "must be nine digits",
}


def demographics(body: Fields, today: date) -> Fields:
    """What identifies a person, in wire form: trimmed, without what is empty or undocumented.

    `today` (UTC) is the latest date of birth. Raises `Refusal` for the first broken rule.
    """
    return _checked(CheckedDemographics, body, today)


def patient(body: Fields, today: date) -> Fields:
    """The body of a create or an update, likewise."""
    return _checked(CheckedPatient, body, today)


def _checked(rules: type[CheckedDemographics], body: Fields, today: date) -> Fields:
    try:
        return rules.model_validate(body, context=today).wire()
    except ValidationError as error:
        # Nothing of the error itself may reach a log: it repeats what was sent.
        raise _refusal(violations(error)[0]) from None


def _refusal(violation: Violation) -> Refusal:
    """The 400 for a broken rule; the field is written as `address[0].zip`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in violation.path)
    return wrong("".join(parts).removeprefix("."), _REASONS[violation.rule])
