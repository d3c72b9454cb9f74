"""The entries of a timeline: what happened, when, who did it, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum, auto

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


class Moment(IntEnum):
    """The moments of one matter, such as a link or a query, each the cause of those after it."""

    ASKED = auto()
    """A member of the staff did it."""
    BEGUN = auto()
    """The log says what is about to be asked: for a link, a query or records."""
    RESERVED = auto()
    """The AAL2 session is spent on the query."""
    CALLED = auto()
    """Upstream is asked."""
    SENT = auto()
    """Somebody says that the link was handed out."""
    SEEN = auto()
    """Somebody, perhaps a mail scanner, looked at the link."""
    STARTED = auto()
    """The person set out for the hosted page, or a source began."""
    BACK = auto()
    """The person came back, or a source ended."""
    TOLD = auto()
    """Upstream told us by webhook."""
    DONE = auto()
    """The identity is verified, the session active, the query ended, the records counted."""
    OVER = auto()
    """It can be used no more: expired, replaced, withdrawn or refused."""


EntryFacts = Mapping[str, str | datetime]
"""The known facts of an entry by the names that pages show: ids, times (UTC) and words."""

_ORDER = (EntryKind.IDENTITY, EntryKind.AAL2, EntryKind.QUERY, EntryKind.RECORDS)
"""The steps of individual access: none begins before the one before it is done."""


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened at a moment (UTC).

    `state` is a status that pages show with an icon and a colour, or empty. `place` is the page
    with more about it; an entry without one has everything in `facts`. `by` names who did it: a
    person of the staff, "Patient", or "Metriport". `of` is the step that a webhook, a call or an
    act belongs to. `key` names the entry among all others.
    """

    at: datetime
    kind: EntryKind
    what: str
    state: str = ""
    by: str = ""
    detail: str = ""
    place: Place | None = None
    facts: EntryFacts = field(default_factory=dict)
    moment: Moment = Moment.ASKED
    of: EntryKind | None = None
    key: str = ""

    @property
    def position(self) -> tuple[datetime, int, Moment, datetime]:
        """By this the entries of a timeline are sorted: by second, then causes before effects.

        Below a second the times decide nothing: some are upstream's, whose clock differs from ours
        and may tell whole seconds only.
        """
        step = self.of or self.kind
        order = 1 + _ORDER.index(step) if step in _ORDER else 0
        return self.at.replace(microsecond=0), order, self.moment, self.at


def name_facts(**facts: str | datetime | None) -> EntryFacts:
    """The facts that have a value, by the names that pages show: `sent_by` becomes "Sent by"."""
    return {name.replace("_", " ").capitalize(): value for name, value in facts.items() if value}
