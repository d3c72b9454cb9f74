"""What a timeline is made of: one entry for each moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.lookup.finder import Place


class EntryKind(StrEnum):
    """What an entry is about."""

    IDENTITY = "identity"
    AAL2 = "aal2"
    QUERY = "query"
    RECORDS = "records"
    WEBHOOK = "webhook"
    CALL = "call"
    ACT = "act"


EntryFacts = Mapping[str, str | datetime]
"""What is known of an entry, by the name that people read: ids, times (UTC) and words."""


@dataclass(frozen=True)
class TimelineEntry:
    """One moment (UTC). `state` is a word that has a look, or empty.

    `place` is the page that tells more, if there is one; otherwise `facts` are all there is to
    tell. `by` names who did it: a person of the staff, "Patient", or "Metriport".
    """

    at: datetime
    sort: EntryKind
    what: str
    state: str = ""
    by: str = ""
    detail: str = ""
    place: Place | None = None
    facts: EntryFacts = field(default_factory=dict)


def name_facts(**facts: str | datetime | None) -> EntryFacts:
    """The facts that are known, under names that people read: `sent_by` becomes "Sent by"."""
    return {name.replace("_", " ").capitalize(): value for name, value in facts.items() if value}
