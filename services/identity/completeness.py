"""Which of the demographics that a valid IAS query needs a person's record lacks."""

from collections.abc import Sequence

from services.metriport.schemas import Address, Patient

_NEEDED = {
    "first_name": "first name",
    "last_name": "last name",
    "birth_date": "date of birth",
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "ZIP",
    "email_or_mobile": "e-mail or mobile",
}
"""The names of what is needed by their codes, in the order in which they are shown.

TEFCA's Exchange Purpose Implementation SOP for individual access services lists them.
"""


def missing_for_access(patient: Patient) -> list[str]:
    """The codes of what a valid IAS query needs and the person's record lacks.

    The home is the first address; upstream does not say whether a phone is a mobile one.
    """
    home = patient.address[0] if patient.address else Address()
    ways = [way for contact in patient.contact for way in (contact.email, contact.phone)]
    values = (
        patient.first_name,
        patient.last_name,
        patient.dob,
        home.address_line1,
        home.city,
        home.state,
        home.zip,
        "".join(filter(None, ways)),
    )
    return [code for code, value in zip(_NEEDED, values, strict=True) if not (value or "").strip()]


def missing_names(codes: Sequence[str]) -> list[str]:
    """The names of what a record lacks, in the order in which they are shown."""
    known = [name for code, name in _NEEDED.items() if code in codes]
    return known + [code for code in codes if code not in _NEEDED]
