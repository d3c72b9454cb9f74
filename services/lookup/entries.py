"""The entries of a timeline: what happened, when, and who did it."""

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
"""The known facts of an entry by the names that pages show: ids, times (UTC) and words."""


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened at a moment (UTC).

    `state` is a status that pages show with an icon and a colour, or empty. `place` is the page
    with more about it; an entry without one has everything in `facts`. `by` names who did it: a
    person of the staff, "Patient", or "Metriport".
    """

    at: datetime
    kind: EntryKind
    what: str
    state: str = ""
    by: str = ""
    detail: str = ""
    place: Place | None = None
    facts: EntryFacts = field(default_factory=dict)


def name_facts(**facts: str | datetime | None) -> EntryFacts:
    """The facts that have a value, by the names that pages show: `sent_by` becomes "Sent by"."""
    return {name.replace("_", " ").capitalize(): value for name, value in facts.items() if value}
