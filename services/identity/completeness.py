"""Which of the demographics that a valid IAS query needs a person's record lacks."""

from services.metriport.schemas import Address, Patient

NEEDED = (
    "first_name",
    "last_name",
    "birth_date",
    "street",
    "city",
    "state",
    "zip",
    "email_or_mobile",
)
"""The codes of what is needed, in the order in which they are shown.

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
    return [code for code, value in zip(NEEDED, values, strict=True) if not (value or "").strip()]
