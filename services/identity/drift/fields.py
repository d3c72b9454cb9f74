"""The fields of a record that are compared, in a form that only changes with what they mean.

Two records are alike where only their writing differs: upper and lower case, white space,
punctuation, composed and decomposed letters, the form of a phone number, and the order in which
several addresses or contacts stand. Everything else counts as a change. So does an address that was
merely added: nobody proofed it, and upstream searches with it as with the others.
"""

import re
import unicodedata
from collections.abc import Sequence

from services.metriport.demographics import without_hidden
from services.metriport.schemas import Address, Contact, Patient

NAME, BIRTH_DATE, ADDRESS, CONTACT = "name", "birth_date", "address", "contact"
FIELDS = (NAME, BIRTH_DATE, ADDRESS, CONTACT)
"""What is compared. The table holds these words."""

FORM = 1
"""The number of the form below: whoever changes it counts it up.

The keys are made with it, so hashes of two forms are "not comparable", and nobody has drifted.
"""

_FIELD_NAMES = {NAME: "name", BIRTH_DATE: "birth date", ADDRESS: "address", CONTACT: "contact"}

_READ_FROM = {
    NAME: ("first_name", "last_name"),
    BIRTH_DATE: ("dob",),
    ADDRESS: ("address", "address_line1", "address_line2", "city", "state", "zip", "country"),
    CONTACT: ("contact", "phone", "email"),
}
"""From which fields of upstream each is made."""

_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})t.*")


def field_names(fields: Sequence[str]) -> str:
    """The fields as words of a sentence, as in "name, address and contact"."""
    names = [_FIELD_NAMES.get(field, field) for field in fields]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def comparable_fields(patient: Patient) -> dict[str, list[str]]:
    """Each field of `FIELDS` as the texts that are compared; none where the record has none.

    A field of which upstream sent something that cannot be read is left out: nobody knows whether
    it is the same.
    """
    unreadable = _unreadable_fields(patient)
    return {name: texts for name, texts in _all_fields(patient).items() if name not in unreadable}


def _all_fields(patient: Patient) -> dict[str, list[str]]:
    addresses = {_address(address) for address in patient.address}
    contacts = {way for contact in patient.contact for way in _ways(contact)}
    return {
        NAME: [_words(patient.first_name), _words(patient.last_name)],
        BIRTH_DATE: [_day(patient.dob)],
        ADDRESS: sorted(addresses - {""}),
        CONTACT: sorted(contacts),
    }


def _unreadable_fields(patient: Patient) -> set[str]:
    # A note is as "address[1]: …" or "zip: …". A number in place of a text was read, as its digits.
    notes = [note.partition(": ") for note in patient.unreadable]
    unread = [name for name, _, value in notes if "[" in name or not _NUMBER.fullmatch(value)]
    lost = {name.partition("[")[0] for name in unread}
    return {field for field, names in _READ_FROM.items() if lost.intersection(names)}


def _address(address: Address) -> str:
    """One address in a line; empty where nothing of it is known."""
    # The first and the second line are one: programs part them in different places.
    street = _words(f"{address.address_line1 or ''} {address.address_line2 or ''}")
    parts = [street, _words(address.city), _words(address.state), _words(address.zip)[:5]]
    if not any(parts):
        return ""
    country = _words(address.country)
    return "\n".join([*parts, "usa" if country in ("", "us") else country])


def _ways(contact: Contact) -> list[str]:
    """The ways to reach somebody, each by itself: which of them stand together means nothing."""
    digits = "".join(str(unicodedata.decimal(letter, "")) for letter in contact.phone or "")
    if len(digits) == 11:
        # With the country's code.
        digits = digits.removeprefix("1")
    email = _fold(contact.email).replace(" ", "")
    return [f"{kind}:{way}" for kind, way in (("phone", digits), ("email", email)) if way]


def _day(text: str) -> str:
    """A day, also where upstream sends it as a time."""
    folded = _fold(text)
    found = _DAY.fullmatch(folded)
    return found[1] if found else folded


def _words(text: str | None) -> str:
    """The words of a text: letters, their marks and digits; all else only parts them."""
    folded = _fold(text)
    plain = "".join(letter if _is_of_word(letter) else " " for letter in folded)
    return " ".join(plain.split())


def _is_of_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"


def _fold(text: str | None) -> str:
    """A text without differences of case, composition and white space."""
    decomposed = unicodedata.normalize("NFD", without_hidden(text or ""))
    # Some letters decompose only once they are folded, and some fold only once they are decomposed.
    folded = unicodedata.normalize("NFD", decomposed.casefold()).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())
