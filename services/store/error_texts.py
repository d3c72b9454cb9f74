"""Error texts of upstream without what differs from one time to the next, so that equal ones meet.

Pure. The log keeps the normalised text beside each error, and an index finds the queries by it.
"""

import re

LONGEST = 200
"""Characters of a normalised text."""

_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"\S+@\S+")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|“[^”]*”|(?<!\w)'[^']*'(?!\w)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_WORD = re.compile(r"[\w-]{8,}")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_DIGITS_OF_AN_ID = 2


def normalised(text: str | None) -> str | None:
    """`text` with marks in place of addresses, quoted words, ids and numbers; None for no text.

    Quoted words go because they may be a person's.
    """
    shown = _URL.sub("<url>", " ".join((text or "").split()))
    shown = _ADDRESS.sub("<address>", shown)
    shown = _TIME.sub("<time>", _QUOTED.sub("<text>", shown))
    shown = _NUMBER.sub("#", _WORD.sub(_without_id, shown))
    return shown[:LONGEST].strip() or None


def _without_id(word: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in word[0])
    return "<id>" if digits >= _DIGITS_OF_AN_ID else word[0]
