"""What people type and paste, brought into the form that upstream documents.

Every function answers text that it cannot understand as it came: the rules of
`services.metriport.demographics` then refuse it, and the form says what is expected.
"""

import re
import unicodedata

from services.metriport.demographics import without_hidden
from services.metriport.states import STATE_NAMES

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\uff0d]")

_NUMBERED_DAY = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})[. -]+([0-9]{1,2})(?:st|nd|rd|th)?[, -]+([0-9]{4})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[. -]+([a-z]{3,9})[., -]+([0-9]{4})")
# fmt: off
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)
# fmt: on

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


def normalize_date(text: str) -> str:
    """A date as `YYYY-MM-DD`. In numbers the month comes before the day, as in the United States.

    A year of two digits is left as it came: for a birthday it can mean either century.
    """
    plain = _DASHES.sub("-", text).casefold()
    if iso := _ISO_DAY.fullmatch(plain):
        year, month, day = iso.groups()
    elif numbered := _NUMBERED_DAY.fullmatch(plain):
        month, _, day, year = numbered.groups()
    elif named := _MONTH_FIRST.fullmatch(plain):
        month, day, year = _number_of(named[1]), named[2], named[3]
    elif named := _DAY_FIRST.fullmatch(plain):
        month, day, year = _number_of(named[2]), named[1], named[3]
    else:
        return text
    return f"{year}-{month:0>2}-{day:0>2}" if month else text


def _number_of(month: str) -> str:
    """The number of a month's English name or of its first letters; empty for another word."""
    found = (number for number, name in enumerate(_MONTHS, 1) if name.startswith(month))
    return str(next(found, "")) or ("9" if month == "sept" else "")


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
