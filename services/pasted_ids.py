"""What somebody pasted: words, an id, or a secret. One way of reading ids for every field. Pure."""

import re
import unicodedata

from services.addresses import LINK_PATH
from services.errors import InvalidInput, SecretPasted
from services.ids import is_uuid

_AROUND = "\"'`,;:.<>()[]{}|“”„‟«»\u2018\u2019\u201a\u201b\u2039\u203a"
"""Marks that stand around an id in a log, in JSON or in an e-mail."""

_BULLETS = "-*•·◦ "
_SOFT_HYPHEN = "\xad"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PREFIX = r"(?:ids|pid|aalc)_"
_ANY_ID = re.compile(rf"(?<![\w-])(?:{_UUID}|{_PREFIX}[\w-]+)(?![\w-])", re.IGNORECASE)
_LABELLED = re.compile(
    rf"(?:[:=/#]|\bid\b|^\d{{1,5}}[.)])[\s{re.escape(_AROUND)}]*({_ANY_ID.pattern})(?=$|[&#?/])",
    re.IGNORECASE,
)
"""An id behind its name, as in `Request ID: …`, `"requestId": "…"`, `urn:uuid:…`, or an address."""

_TOKEN = re.compile(r"[^\s\"]{3,300}")
_LOOKS_LIKE_AN_ID = re.compile(r"\d|_")
_DATE = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?)?|\d{1,2}/\d{1,2}/\d{4}")
_PREFIXED = re.compile(rf"{_PREFIX}\S+", re.IGNORECASE)
_LINK = re.compile(re.escape(LINK_PATH) + r"([\w-]+)")
_TOKEN_ALONE = re.compile(r"[\w-]{43}", re.ASCII)
"""256 bits in the alphabet of URLs, as tokens are made."""

_SESSION = re.compile(r"aal2_[\w-]+", re.IGNORECASE)
_SECRET = re.compile(
    rf"aal2_|aal2SessionId|{re.escape(LINK_PATH)}|/(s|aal2|hosted)/", re.IGNORECASE
)


def bare(pasted: str) -> str:
    """The id in `pasted`, as the log keeps it; what is no id comes back only trimmed.

    Leaves out marks around it, its label, an address that leads to it, and characters that nobody
    sees. Of two ids none is chosen, and nothing is taken out of a secret.
    """
    plain = _trim(_plain(pasted))
    if is_secret(plain):
        return plain
    # Word processors put a soft hyphen beside a hyphen, or in its place.
    for hyphen in ("", "-"):
        found = _sure_id(_trim(_plain(pasted.replace(_SOFT_HYPHEN, hyphen))))
        if found:
            return found
    # Some scripts need characters that nobody sees: names keep theirs.
    return plain if may_be_an_id(plain) else _trim(pasted.replace("\x00", ""))


def ids_in(pasted: str) -> list[str]:
    """Every UUID in `pasted`, in lower case, however much else stands there; none of a secret."""
    plain = _plain(pasted)
    if is_secret(plain):
        return []
    return [text.lower() for text in _ANY_ID.findall(plain) if is_uuid(text)]


def may_be_an_id(text: str) -> bool:
    """Whether it is one word with a digit or an underscore, which names lack, and is no date."""
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
    # What nobody sees must not hide it.
    plain = _plain(text)
    return _SECRET.search(plain) is not None or _TOKEN_ALONE.fullmatch(plain) is not None


def refuse_secret(text: str) -> None:
    """Raise `SecretPasted` for a secret: it must not travel on as a search, nor be kept."""
    if is_secret(text):
        raise SecretPasted("That is a person’s secret: an AAL2 session id, or a link.")


def id_filter(typed: str | None) -> str | None:
    """The id that rows are filtered by, None where nothing was typed.

    It will stand in the access log and in addresses. Raises `InvalidInput` for anything else: what
    is no id may be a name.
    """
    text = bare(typed or "")
    refuse_secret(text)
    if text and not may_be_an_id(text):
        raise InvalidInput("Only ids can be filtered by. Search for people on the Patients page.")
    return text or None


def link_token(text: str) -> str | None:
    """The token of a link of ours, in its address or alone; None where there is none."""
    plain = _plain(text)
    found = _LINK.search(plain)
    if found:
        return found[1]
    return plain if _TOKEN_ALONE.fullmatch(plain) else None


def session_id(text: str) -> str | None:
    """The AAL2 session id in `text`; None where there is none."""
    found = _SESSION.search(_plain(text))
    return found[0] if found else None


def _sure_id(plain: str) -> str | None:
    """The id that `plain` is, or that it names with a label or an address around it."""
    text = plain.lstrip(_BULLETS)
    if not is_surely_an_id(text):
        found = _LABELLED.search(text)
        if found is None or len(_ANY_ID.findall(text)) != 1:
            return None
        text = found[1]
    if is_uuid(text):
        return text.lower()
    # Only the prefix is a word of upstream's; in the rest, capitals mean something.
    prefix, _, rest = text.partition("_")
    return f"{prefix.lower()}_{rest}"


def _plain(text: str) -> str:
    """`text` without what nobody sees, every dash a hyphen, every space a common one."""
    if text.isascii():
        return text.replace("\x00", "")
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or character == "\x00":
        # Format characters: zero-width, bidirectional, soft hyphens, byte order marks.
        return ""
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    return " " if category == "Zs" else character


def _trim(text: str) -> str:
    return text.strip().strip(_AROUND).strip()
