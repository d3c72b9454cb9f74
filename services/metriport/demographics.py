"""What Metriport documents about the demographics of a patient: the rules, written once.

The form for a new patient and the sandbox both validate with these models, in wire form
(camelCase), and each says in its own words what is wrong: see `violations`.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from services.metriport.states import STATES

GENDERS = ("M", "F", "O", "U")
COUNTRIES = ("USA",)
IDENTIFIERS = ("driversLicense", "ssn")

_Item = TypeVar("_Item")
_Value = TypeVar("_Value", str, str | None)

EARLIEST_BIRTH = date(1900, 1, 1)

# ASCII digits only: `\d` also matches the digits of other scripts.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TWO_LETTERS = re.compile(r"[A-Z]{2}")
_ZIP = re.compile(r"[0-9]{5}")
_PHONE = re.compile(r"[0-9]{10}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")

# Characters without width that Unicode counts among letters and marks: joiners and selectors
# (CGJ, Mongolian and general variation selectors) and the fillers of Hangul.
_WIDTHLESS = re.compile(r"[\u034f\u115f\u1160\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0f]")


class Rule(StrEnum):
    """A rule that a value can break."""

    REQUIRED = "required"
    TEXT = "text"
    OBJECT = "object"
    HIDDEN_CHARACTERS = "hidden_characters"
    DATE_FORM = "date_form"
    REAL_DATE = "real_date"
    NOT_IN_FUTURE = "not_in_future"
    NOT_BEFORE_1900 = "not_before_1900"
    GENDER = "gender"
    TWO_LETTERS = "two_letters"
    STATE = "state"
    ZIP = "zip"
    COUNTRY = "country"
    PHONE = "phone"
    EMAIL = "email"
    PHONE_OR_EMAIL = "phone_or_email"
    IDENTIFIER = "identifier"
    SSN = "ssn"


@dataclass(frozen=True)
class Violation:
    """A rule that is broken, and where: wire names, and the positions within lists."""

    path: tuple[str | int, ...]
    rule: Rule


def violations(error: ValidationError) -> list[Violation]:
    """Every rule that is broken, in the order of the fields."""
    return [Violation(details["loc"], _rule(details["type"])) for details in error.errors()]


def without_hidden(text: str) -> str:
    """`text` without characters that nobody sees: NUL, controls, zero-width and format characters.

    White space stays. Afterwards, what looks the same is the same, so that a match finds it.
    """
    return "".join(letter for letter in text if not _is_hidden(letter))


def _is_hidden(letter: str) -> bool:
    # Tab and newline are control characters too, but they are seen. Lone surrogates (Cs) are no
    # characters at all: no answer or database could hold them.
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs"):
        return letter not in "\t\n\r"
    return _WIDTHLESS.match(letter) is not None


def _rule(kind: str) -> Rule:
    """The rule behind an error type, pydantic's own types included."""
    return {"missing": Rule.REQUIRED, "model_type": Rule.OBJECT}.get(kind) or Rule(kind)


def _broken(rule: Rule) -> NoReturn:
    raise PydanticCustomError(rule.value, "breaks a rule of the API")


def _text(value: Any) -> str:
    """Trimmed text that people can see in full; an absent one is empty."""
    if value is not None and not isinstance(value, str):
        _broken(Rule.TEXT)
    text = (value or "").strip()
    if any(map(_is_hidden, text)):
        _broken(Rule.HIDDEN_CHARACTERS)
    return text


def _required(value: Any) -> str:
    return _text(value) or _broken(Rule.REQUIRED)


def _optional(value: Any) -> str | None:
    return _text(value) or None


def _names(value: Any) -> Any:
    """Several names come in one string or, as newer documentation has it, in an array."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return value


def _as_list(value: Any) -> Any:
    """The vendor's SDK also sends one object where an array is documented."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _at_least_one(items: list[_Item]) -> list[_Item]:
    return items or _broken(Rule.REQUIRED)


def _matching(form: re.Pattern[str], rule: Rule) -> Callable[[_Value], _Value]:
    def check(text: _Value) -> _Value:
        return text if text is None or form.fullmatch(text) else _broken(rule)

    return check


def _among(allowed: tuple[str, ...], rule: Rule) -> Callable[[str], str]:
    def check(text: str) -> str:
        return text if text in allowed else _broken(rule)

    return check


def _birth(text: str, info: ValidationInfo) -> str:
    """A day from 1900 on that is not later than the validation's context: today."""
    try:
        born = date.fromisoformat(text)
    except ValueError:
        _broken(Rule.REAL_DATE)
    today: date = info.context  # type: ignore[assignment]
    if born > today:
        _broken(Rule.NOT_IN_FUTURE)
    return text if born >= EARLIEST_BIRTH else _broken(Rule.NOT_BEFORE_1900)


RequiredText = Annotated[str, BeforeValidator(_required)]
OptionalText = Annotated[str | None, BeforeValidator(_optional)]
Names = Annotated[RequiredText, BeforeValidator(_names)]
Birth = Annotated[
    RequiredText, AfterValidator(_matching(_DAY, Rule.DATE_FORM)), AfterValidator(_birth)
]
Gender = Annotated[RequiredText, AfterValidator(_among(GENDERS, Rule.GENDER))]
State = Annotated[
    RequiredText,
    AfterValidator(str.upper),
    AfterValidator(_matching(_TWO_LETTERS, Rule.TWO_LETTERS)),
    AfterValidator(_among(STATES, Rule.STATE)),
]
Zip = Annotated[RequiredText, AfterValidator(_matching(_ZIP, Rule.ZIP))]
Country = Annotated[RequiredText, AfterValidator(_among(COUNTRIES, Rule.COUNTRY))]
Phone = Annotated[OptionalText, AfterValidator(_matching(_PHONE, Rule.PHONE))]
Email = Annotated[OptionalText, AfterValidator(_matching(_EMAIL, Rule.EMAIL))]
IdentifierType = Annotated[RequiredText, AfterValidator(_among(IDENTIFIERS, Rule.IDENTIFIER))]


class _Rules(BaseModel):
    """The base of all: camelCase outside, snake_case inside; undocumented fields are dropped."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    def wire(self) -> dict[str, Any]:
        """The wire form, without what is empty."""
        found = self.model_dump(by_alias=True, exclude_none=True)
        return {name: value for name, value in found.items() if value}


class CheckedAddress(_Rules):
    """A postal address in the United States."""

    address_line1: RequiredText
    address_line2: OptionalText = None
    city: RequiredText
    state: State
    zip: Zip
    country: Country = "USA"


class CheckedContact(_Rules):
    """A way to reach a patient."""

    phone: Phone = None
    email: Email = None

    @model_validator(mode="after")
    def _has_a_way(self) -> "CheckedContact":
        return self if self.phone or self.email else _broken(Rule.PHONE_OR_EMAIL)


class CheckedIdentifier(_Rules):
    """A driver's license with the state that issued it, or a social security number."""

    type: IdentifierType
    value: RequiredText
    state: State | None = Field(default=None, validate_default=True)

    @field_validator("value")
    @classmethod
    def _check_ssn(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("type") == "ssn" and not _SSN.fullmatch(value):
            _broken(Rule.SSN)
        return value

    @field_validator("state", mode="before")
    @classmethod
    def _only_of_a_license(cls, state: Any, info: ValidationInfo) -> Any:
        if info.data.get("type") != "driversLicense":
            return None
        return _broken(Rule.REQUIRED) if state is None else state


class CheckedDemographics(_Rules):
    """What identifies a person, for a match.

    Hand today's date in as the context of the validation: `model_validate(body, context=today)`.
    """

    first_name: Names
    last_name: Names
    dob: Birth
    gender_at_birth: Gender
    address: Annotated[
        list[CheckedAddress], BeforeValidator(_as_list), AfterValidator(_at_least_one)
    ]
    contact: Annotated[list[CheckedContact], BeforeValidator(_as_list)] = []
    personal_identifiers: Annotated[list[CheckedIdentifier], BeforeValidator(_as_list)] = []


class CheckedPatient(CheckedDemographics):
    """The body of a create or an update."""

    external_id: OptionalText = None
