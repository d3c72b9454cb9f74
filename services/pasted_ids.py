"""What somebody typed or pasted into the search field: words, an id, or a secret. Pure."""

import re

from services.addresses import LINK_PATH
from services.errors import InvalidInput, SecretPasted
from services.ids import is_uuid

_AROUND = "\"'`,;:.<>()[]{}"
"""What stands around an id in a log or an e-mail."""

_TOKEN = re.compile(r"[^\s\"]{3,300}")
_LOOKS_LIKE_AN_ID = re.compile(r"\d|_")
_DATE = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?)?|\d{1,2}/\d{1,2}/\d{4}")
_PREFIXED = re.compile(r"(ids|pid|aalc)_\S+", re.IGNORECASE)
_LINK = re.compile(re.escape(LINK_PATH) + r"([\w-]+)")
_TOKEN_ALONE = re.compile(r"[\w-]{43}", re.ASCII)
"""256 bits in the alphabet of URLs, as tokens are made."""

_SESSION = re.compile(r"aal2_[\w-]+", re.IGNORECASE)
_SECRET = re.compile(
    rf"aal2_|aal2SessionId|{re.escape(LINK_PATH)}|/(s|aal2|hosted)/", re.IGNORECASE
)


def bare(typed: str) -> str:
    """Without what stood around it, and with the letters of a UUID as they are kept."""
    text = typed.replace("\x00", "").strip().strip(_AROUND).strip()
    return text.lower() if is_uuid(text) else text


def may_be_an_id(text: str) -> bool:
    """Whether it is one word that holds what names and birthdays do not."""
    one_word = _TOKEN.fullmatch(text) is not None
    return one_word and bool(_LOOKS_LIKE_AN_ID.search(text)) and not _DATE.fullmatch(text)


def is_surely_an_id(text: str) -> bool:
    """Whether it has the form of an id of ours or of upstream's, which no name has."""
    return is_uuid(text) or is_prefixed(text)


def is_prefixed(text: str) -> bool:
    """Whether it is an id of a verification, an identity or a challenge."""
    return _PREFIXED.fullmatch(text) is not None


def is_secret(text: str) -> bool:
    """Whether it holds an AAL2 session id, or a link or token that one person alone should have."""
    return _SECRET.search(text) is not None or _TOKEN_ALONE.fullmatch(text) is not None


def refuse_secret(text: str) -> None:
    """Raise `SecretPasted` for what must not travel on as a search, nor be kept."""
    if is_secret(text):
        raise SecretPasted("That is a person’s secret: an AAL2 session id, or a link.")


def id_filter(typed: str | None) -> str | None:
    """An id that rows are filtered by; it stands in the access log and in addresses.

    Raises `InvalidInput` for anything else: what is no id may be a name.
    """
    text = bare(typed or "")
    refuse_secret(text)
    if text and not may_be_an_id(text):
        raise InvalidInput("Only ids can be filtered by. Search for people on the Patients page.")
    return text or None


def link_token(text: str) -> str | None:
    """The token of a link of ours, in its address or alone."""
    found = _LINK.search(text)
    if found:
        return found[1]
    return text if _TOKEN_ALONE.fullmatch(text) else None


def session_id(text: str) -> str | None:
    """The AAL2 session id in it."""
    found = _SESSION.search(text)
    return found[0] if found else None
