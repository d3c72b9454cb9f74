"""What a fetched FHIR Bundle holds, as a list of types, dates and titles. Pure.

The text is read entry by entry, so that of a large bundle one entry is in memory at a time, beside
the text itself. Whatever lacks a type, a date or a title, or has an odd one, is listed without it.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST = 200
_FHIR_DATE = re.compile(r"\d{4}(-\d\d){0,2}(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?")

_DATES = (
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "occurrenceDateTime",
    "occurrencePeriod",
    "performedDateTime",
    "performedPeriod",
    "onsetDateTime",
    "onsetPeriod",
    "whenHandedOver",
    "authoredOn",
    "period",
    "started",
    "issued",
    "date",
    "recordedDate",
    "dateAsserted",
    "created",
    "sent",
)
"""Where resources of FHIR R4 say when something was; the first that is there counts."""

_TITLES = (
    "code",
    "vaccineCode",
    "medicationCodeableConcept",
    "medication",
    "description",
    "title",
    "type",
    "name",
    "scope",
    "class",
)
"""Where they say what it is."""


@dataclass(frozen=True)
class Item:
    """One resource. `type` and `title` are empty where it names none.

    `at` is a moment (UTC); `day` a date that is known to the day, the month or the year only, as it
    stands there. A resource has one of them, or neither.
    """

    type: str
    title: str
    at: datetime | None = None
    day: str = ""

    @property
    def position(self) -> str:
        """By this items are sorted by time; empty for none."""
        return self.at.isoformat() if self.at else self.day


def iter_items(content: bytes) -> Iterator[Item]:
    """The resources of a bundle (JSON in UTF-8), in its order.

    Raises `ValueError` for what is no JSON, or no Bundle.
    """
    # As Latin-1 the text takes a byte a character; one emoji in UTF-8 would make it four of all.
    text = content.removeprefix(BOM_UTF8).decode("latin-1")
    try:
        yield from map(_item_of, _entries(text))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _entries(text: str) -> Iterator[Any]:
    """The values of the list `entry` at the top level, one by one."""
    at, kind = _skip(text, 0, "{"), None
    while text[at : at + 1] != "}":
        name, at = _value(text, at)
        at = _skip(text, at, ":")
        if name == "entry" and text[at : at + 1] == "[":
            at = yield from _values(text, _space(text, at + 1))
        else:
            value, at = _value(text, at)
            kind = value if name == "resourceType" else kind
        at = _next(text, at, "}")
    if kind != "Bundle" or _space(text, at + 1) != len(text):
        raise ValueError("no Bundle")


def _values(text: str, at: int) -> Generator[Any, None, int]:
    """The values of a list from its first one on; answers the place behind the list."""
    while text[at : at + 1] != "]":
        value, at = _value(text, at)
        yield value
        at = _next(text, at, "]")
    return _space(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    value, end = _DECODER.raw_decode(text, at)
    part = text[at:end]
    if not part.isascii():
        # The signs of JSON are ASCII, so its end is right, and now its letters are as well.
        value = json.loads(part.encode("latin-1").decode("utf-8", "replace"))
    return value, _space(text, end)


def _next(text: str, at: int, end: str) -> int:
    """The place of the next value, or of `end` behind the last one."""
    return at if text[at : at + 1] == end else _skip(text, at, ",")


def _skip(text: str, at: int, sign: str) -> int:
    """The place behind `sign`, which has to come next."""
    at = _space(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"no {sign}")
    return _space(text, at + 1)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _item_of(entry: Any) -> Item:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return Item("", "")
    kind, when = _short(resource.get("resourceType")), _when(resource)
    at = _moment(when)
    return Item(kind, _title(resource), at, "" if at else when)


def _when(resource: Mapping[str, Any]) -> str:
    """The date as FHIR writes it; empty where there is none that can be read."""
    for name in _DATES:
        value = resource.get(name)
        if isinstance(value, dict):
            value = value.get("start") or value.get("end")
        if isinstance(value, str) and _FHIR_DATE.fullmatch(value):
            return value
    return ""


def _moment(when: str) -> datetime | None:
    if "T" not in when:
        return None
    try:
        moment = datetime.fromisoformat(when)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _title(resource: Mapping[str, Any]) -> str:
    return next(filter(None, (_words(resource.get(name)) for name in _TITLES)), "")


def _words(value: Any) -> str:
    """A text, the words of a concept, or the parts of a name; of a list, its first entry's."""
    if isinstance(value, list):
        return _words(value[0]) if value else ""
    if not isinstance(value, dict):
        return _short(value)
    for name in ("text", "display", "concept", "coding"):
        if words := _words(value.get(name)):
            return words
    parts = [_words(value.get(name)) for name in ("given", "family")]
    return " ".join(filter(None, parts)) or _short(value.get("code"))


def _short(value: Any) -> str:
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""
