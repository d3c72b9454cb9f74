"""Whether a patient, as sent, is as documented; what is wrong is said as `<field>: <reason>`."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from services.sandbox.answers import wrong

Fields = dict[str, Any]
_Item = TypeVar("_Item")

_STATE = re.compile(r"[A-Z]{2}")
_ZIP = re.compile(r"[0-9]{5}")
_PHONE = re.compile(r"[0-9]{10}")
_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_EARLIEST_BIRTH = date(1900, 1, 1)


def demographics(body: Fields, today: date) -> Fields:
    """What identifies a person, cleaned: names, birth, addresses, contacts, identifiers."""
    found = {
        "firstName": _names(body, "firstName"),
        "lastName": _names(body, "lastName"),
        "dob": _birth(body, today),
        "genderAtBirth": _one_of(body, "genderAtBirth", "genderAtBirth", ("M", "F", "O", "U")),
        "address": _each(body, "address", _address),
        "contact": _each(body, "contact", _contact),
        "personalIdentifiers": _each(body, "personalIdentifiers", _identifier),
    }
    if not found["address"]:
        raise wrong("address", "is required")
    return {name: value for name, value in found.items() if value}


def patient(body: Fields, today: date) -> Fields:
    """The body of a create or an update, cleaned; fields that are not documented are dropped."""
    external_id = _text(body, "externalId", "externalId", required=False)
    found = demographics(body, today)
    return found | ({"externalId": external_id} if external_id else {})


def _names(body: Fields, name: str) -> str:
    value = body.get(name)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return _text({name: ", ".join(value)}, name, name)
    return _text(body, name, name)


def _text(body: Fields, name: str, where: str, *, required: bool = True) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong(where, "must be a string")
    text = (value or "").strip()
    if required and not text:
        raise wrong(where, "is required")
    return text


def _form(
    body: Fields, name: str, where: str, form: re.Pattern[str], reason: str, required: bool = True
) -> str:
    text = _text(body, name, where, required=required)
    if text and not form.fullmatch(text):
        raise wrong(where, reason)
    return text


def _one_of(body: Fields, name: str, where: str, allowed: tuple[str, ...]) -> str:
    text = _text(body, name, where)
    if text not in allowed:
        raise wrong(where, f"must be one of {', '.join(allowed)}")
    return text


def _birth(body: Fields, today: date) -> str:
    text = _form(body, "dob", "dob", _DAY, "must be a date, YYYY-MM-DD")
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise wrong("dob", "must be a real date") from None
    if not _EARLIEST_BIRTH <= born <= today:
        raise wrong("dob", "must not be in the future, nor before 1900")
    return text


def _each(body: Fields, name: str, read: Callable[[Fields, str], _Item]) -> list[_Item]:
    """The items of an array; the SDK also sends one object where an array is documented."""
    value = body.get(name)
    items = [] if value is None else value if isinstance(value, list) else [value]
    return [read(_object(item, f"{name}[{at}]"), f"{name}[{at}]") for at, item in enumerate(items)]


def _object(item: Any, where: str) -> Fields:
    if not isinstance(item, dict):
        raise wrong(where, "must be an object")
    return item


def _address(body: Fields, where: str) -> Fields:
    found = {
        "addressLine1": _text(body, "addressLine1", f"{where}.addressLine1"),
        "addressLine2": _text(body, "addressLine2", f"{where}.addressLine2", required=False),
        "city": _text(body, "city", f"{where}.city"),
        "state": _state(body, where),
        "zip": _form(body, "zip", f"{where}.zip", _ZIP, "must be five digits"),
        "country": _one_of({"country": "USA"} | body, "country", f"{where}.country", ("USA",)),
    }
    return {name: value for name, value in found.items() if value}


def _state(body: Fields, where: str) -> str:
    upper = _text(body, "state", f"{where}.state").upper()
    return _form({"state": upper}, "state", f"{where}.state", _STATE, "must be two letters")


def _contact(body: Fields, where: str) -> Fields:
    phone = _form(body, "phone", f"{where}.phone", _PHONE, "must be ten digits", False)
    email = _form(body, "email", f"{where}.email", _EMAIL, "must be an e-mail address", False)
    if not phone and not email:
        raise wrong(where, "must have a phone or an email")
    return ({"phone": phone} if phone else {}) | ({"email": email} if email else {})


def _identifier(body: Fields, where: str) -> Fields:
    kind = _one_of(body, "type", f"{where}.type", ("driversLicense", "ssn"))
    if kind == "ssn":
        value = _form(body, "value", f"{where}.value", _SSN, "must be nine digits")
        return {"type": kind, "value": value}
    value = _text(body, "value", f"{where}.value")
    return {"type": kind, "value": value, "state": _state(body, where)}
