"""What people type and paste, brought into the form that upstream documents.

Every function answers text that it cannot understand as it came: the rules of
`services.metriport.demographics` then refuse it, and the form says what is expected.
"""

import re
import unicodedata
from datetime import date

from services.errors import InvalidInput
from services.metriport.demographics import without_hidden
from services.metriport.states import STATE_NAMES
from services.patients.typed_dates import TypedDate, find_dates

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\uff0d]")

_ZIP = re.compile(r"([0-9]{5})(?:[ -]*[0-9]{4})?")

_PHONE_LABEL = re.compile(r"(?:(?:tel|phone|telephone|mobile|cell|home|work)\b[.: ]*)+", re.I)
_EXTENSION = re.compile(r"(?:[,;#]|\b(?:x|ext|extension)\b\.?|(?<=[0-9])x)[:. ]*[0-9]+ *$", re.I)
_PHONE_PUNCTUATION = str.maketrans("", "", "()./- ")

_ADDRESS_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>")

_OTHER_STATE_NAMES = {
    "usvirginislands": "VI",
    "virginislandsus": "VI",
    "virginislandsoftheunitedstates": "VI",
    "washingtondc": "DC",
    "commonwealthofthenorthernmarianaislands": "MP",
    "cnmi": "MP",
}


def normalize_text(text: str) -> str:
    """`text` as people see it: trimmed, composed (NFC), without what is hidden."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", without_hidden(text))).strip()


def normalize_date(text: str, today: date) -> str:
    """A date as `YYYY-MM-DD`; numbers that can mean two days have the month first.

    That is how the United States write them. Numbers parted by dots, which are written otherwise,
    and a year of two digits that fits two centuries, are left as they came.
    """
    try:
        found = [piece for piece in find_dates(_DASHES.sub("-", text), today) if piece]
    except InvalidInput:
        return text
    if len(found) != 1 or not isinstance(found[0], TypedDate):
        return text
    meanings = found[0].meanings
    years = {meaning[:4] for meaning in meanings}
    return meanings[0] if len(meanings) == 1 or (len(years) == 1 and "." not in text) else text


def is_no_day(text: str, today: date) -> bool:
    """Whether `text` has the form of a date, of a day that does not exist."""
    try:
        find_dates(text, today)
    except InvalidInput:
        return True
    return False


def normalize_state(text: str) -> str:
    """The code of a state that was written as a code or as a name."""
    letters = "".join(filter(str.isalpha, text.casefold()))
    return _CODES.get(letters, text)


_CODES = {
    **{code.casefold(): code for code in STATE_NAMES},
    **{"".join(name.casefold().split()): code for code, name in STATE_NAMES.items()},
    **_OTHER_STATE_NAMES,
}


def normalize_zip(text: str) -> str:
    """The five digits of a ZIP or a ZIP+4: upstream does not take the last four."""
    found = _ZIP.fullmatch(_DASHES.sub("-", text))
    return found[1] if found else text


def normalize_phone(text: str) -> str:
    """The ten digits of a number of the United States; an extension is not left out silently."""
    plain = _PHONE_LABEL.sub("", _DASHES.sub("-", text), count=1).strip()
    digits = plain.translate(_PHONE_PUNCTUATION)
    if digits.startswith("+"):
        # Another country's number may have ten digits too.
        return digits[2:] if digits.startswith("+1") and len(digits) == 12 else text
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return digits or text


def has_extension(phone: str) -> bool:
    """Whether a telephone number ends with an extension."""
    return _EXTENSION.search(phone) is not None


def normalize_email(text: str) -> str:
    """The address alone, without what programs for mail write around it."""
    plain = text.removeprefix("mailto:").strip(",; ")
    found = _ADDRESS_IN_BRACKETS.fullmatch(plain)
    return found[1].strip() if found else plain
