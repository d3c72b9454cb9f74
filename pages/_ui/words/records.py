"""The words of fetched records: whether they can be looked at, and when a resource was."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pages._ui.words.states import StateWords
from pages._ui.words.times import exact
from services.records.bundle import Item
from services.records.contents import Offer

NO_DATE, NO_TYPE, NO_TITLE = "No date", "No type", "—"

WHAT_IS_NOTED = (
    "**What is noted, before anything is read:** that you looked, at whose records, when, why, and "
    "for which ticket. It stands in the access log, and at the top of the page *IAS audit* until a "
    "reviewer other than you has seen it. Nothing of the records is kept: they are read from "
    "Metriport for you, and what is shown is gone once you leave this page."
)

_NOTHING = StateWords(
    "Nothing fetched", "radio_button_unchecked", "gray", "Fetch the records to look at them."
)
_LOST = StateWords(
    "Not kept",
    "link_off",
    "orange",
    "The message with the address of the records is not here, or not kept any more. Fetch them "
    "anew.",
)
_ENDED = StateWords(
    "Address ended",
    "timer_off",
    "orange",
    "Metriport’s address of the records was valid for three minutes. Fetch them anew, and look "
    "within three minutes after they have come.",
)
_EMPTY = StateWords(
    "No records", "folder_off", "gray", "Metriport holds no records for this person."
)
_OPEN = StateWords(
    "Can be looked at",
    "lock_open",
    "green",
    "Say why below, then read them. Later they have to be fetched anew.",
)


def offer_words(offer: Offer | None, now: datetime) -> StateWords:
    """Whether records can be looked at now, and what to do."""
    if offer is None:
        return _NOTHING
    if offer.until is None:
        return _LOST
    if not offer.is_open(now):
        return _ENDED
    return _OPEN if offer.attachment else _EMPTY


def date_words(item: Item, zone: ZoneInfo) -> str:
    """When a resource was: a moment in `zone`, or a date as it stands there."""
    return exact(item.at, zone) or item.day or NO_DATE


def type_words(type_: str) -> str:
    """The type of a resource."""
    return type_ or NO_TYPE


def size_words(size: int) -> str:
    """A number of bytes in its largest unit."""
    for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= least:
            return f"{size / least:,.1f} {unit}"
    return f"{size:,} bytes"
