"""What somebody pasted: words, an id, or a secret. One way of reading ids for every field. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from services.addresses import LINK_PATH, WITHDRAW_PATH
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
    rf"(?:[:=/#\uff1a]|\bid\b|^\d{{1,5}}[.)])[\s{re.escape(_AROUND)}]*({_ANY_ID.pattern})(?=$|[&#?/])",
    re.IGNORECASE,
)
"""An id behind its name, as in `Request ID: …`, `"requestId": "…"`, `urn:uuid:…`, or an address."""

_LABELLED_WORD = re.compile(
    r"[\W_]*(?:(?:\w+[ .-])*\w*id|mrn)[\s\"']*[:=\uff1a][\s\"']*([\w.-]{3,100})[\W_]*",
    re.IGNORECASE,
)
"""A word behind the label of an id, as in `External ID: MRN-1` or `messageId: m-1`."""

_LONGEST_LABELLED = 200
"""In characters: what is matched for a label takes time by the square of its length."""

_BROKEN = re.compile(r"(?<=[0-9a-fA-F])\s*-\s+(?=[0-9a-fA-F])")
"""A hyphen at which a line was broken."""

ENDING_LENGTH = 8
"""How many characters of an id's end lists show."""

_SHORTENED = re.compile(
    rf"(?<![\w-])([\w-]{{0,8}})(?:…|\.{{3}})([\w-]{{{ENDING_LENGTH}}})(?![\w-])"
)
_END_ALONE = re.compile(rf"[0-9a-f]{{{ENDING_LENGTH}}}", re.IGNORECASE)

_TOKEN = re.compile(r"[^\s\"]{3,300}")
_LOOKS_LIKE_AN_ID = re.compile(r"\d|_")
_DATE = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?)?|\d{1,2}/\d{1,2}/\d{4}")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
"""A social security number must not be asked for as an id of the company."""

_PREFIXED = re.compile(rf"{_PREFIX}\S+", re.IGNORECASE)
_OURS = f"{re.escape(LINK_PATH)}|{re.escape(WITHDRAW_PATH)}"
"""What stands before the token of an address that we give people."""

_LINK = re.compile(rf"(?:{_OURS})([\w-]+)")
_TOKEN_ALONE = re.compile(r"[\w-]{43}", re.ASCII)
"""256 bits in the alphabet of URLs, as tokens are made."""

_SESSION = re.compile(r"aal2_[\w-]+", re.IGNORECASE)
_SECRET = re.compile(rf"aal2_|aal2SessionId|{_OURS}|/(s|aal2|hosted)/", re.IGNORECASE)


@dataclass(frozen=True)
class ShortenedId:
    """An id as lists show it. `is_sure` tells that it is one, and no word of eight characters."""

    beginning: str
    ending: str
    is_sure: bool

    def fits(self, whole: str) -> bool:
        """Whether it may be short for `whole`."""
        return whole.startswith(self.beginning) and whole.endswith(self.ending)


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
    labelled = _LABELLED_WORD.fullmatch(plain) if len(plain) <= _LONGEST_LABELLED else None
    if labelled and may_be_an_id(labelled[1]):
        return labelled[1]
    # Some scripts need characters that nobody sees: names keep theirs.
    return plain if may_be_an_id(plain) else _trim(pasted.replace("\x00", ""))


def ids_in(pasted: str) -> list[str]:
    """Every UUID in `pasted`, in lower case, however much else stands there; none of a secret."""
    plain = _plain(pasted)
    if is_secret(plain):
        return []
    return [text.lower() for text in _ANY_ID.findall(plain) if is_uuid(text)]


def ids_within(pasted: str) -> list[str]:
    """Every id that surely is one, in its order and once, whatever stands around it.

    None of a secret. For texts that are no list of ids, such as a paragraph of an e-mail.
    """
    plain = _BROKEN.sub("-", unquote(_plain(pasted)))
    if is_secret(plain):
        return []
    return list(dict.fromkeys(_in_its_form(text) for text in _ANY_ID.findall(plain)))


def shortened_id(pasted: str) -> ShortenedId | None:
    """The id that `pasted` shortens as lists do, such as `019f…48b7db73`, or its end alone."""
    plain = _plain(pasted)
    found = _SHORTENED.findall(plain)
    if len(found) == 1:
        beginning, ending = found[0]
        if _END_ALONE.fullmatch(ending):
            beginning, ending = beginning.lower(), ending.lower()
        return ShortenedId(beginning, ending, True)
    text = _trim(plain)
    # Without a digit it may be a name.
    if _END_ALONE.fullmatch(text) and may_be_an_id(text):
        return ShortenedId("", text.lower(), False)
    return None


def may_be_an_id(text: str) -> bool:
    """Whether it is one word with a digit or an underscore, which names lack.

    Dates and social security numbers are no ids.
    """
    one_word = _TOKEN.fullmatch(text) is not None
    is_other = _DATE.fullmatch(text) or _SSN.fullmatch(text)
    return one_word and bool(_LOOKS_LIKE_AN_ID.search(text)) and not is_other


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
    short = shortened_id(text)
    if short is not None and short.is_sure:
        raise InvalidInput(
            "Rows are filtered by whole ids. The button beside a shortened one copies the whole."
        )
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
    return _in_its_form(text)


def _in_its_form(text: str) -> str:
    """An id as the log keeps it."""
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
