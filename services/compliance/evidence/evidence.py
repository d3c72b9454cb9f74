"""What evidence is: links, each present, missing or not applicable, with the rows it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

Value = str | int | float | bool | datetime | None
"""What a fact of a link can be. Times are UTC."""


class LinkCode(StrEnum):
    """The links of the chain, in the order in which they are shown."""

    PERSON = "person"
    """The record has the fields that a valid IAS query needs."""
    CONSENT = "consent"
    PROOFING = "proofing"
    DEMOGRAPHICS = "demographics"
    """The record that was sent is the one that the identity was proofed against."""
    CHALLENGE = "challenge"
    AAL2 = "aal2"
    """Satisfied, in time, for this query alone."""
    STARTER = "starter"
    """Who started it, in which session and role, why."""
    REQUEST = "request"
    """What was asked, and what upstream answered."""
    SOURCES = "sources"
    RECORDS = "records"
    """What was counted and looked at afterwards, and by whom."""


class LinkState(StrEnum):
    """Whether the log holds what a link asks for."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


class Severity(IntEnum):
    """How bad a finding is. A notice alone waits for no reviewer."""

    NOTICE = 1
    WARNING = 2
    SERIOUS = 3


@dataclass(frozen=True, order=True)
class RowRef:
    """A row of the log: its table and its key."""

    table: str
    key: str


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    `facts` are pairs of a name and a value, in the order in which they are shown. `why` says what
    is missing, or which rule makes the link not applicable; empty for a present one.
    """

    code: LinkCode
    state: LinkState
    facts: tuple[tuple[str, Value], ...] = ()
    why: str = ""
    rows: tuple[RowRef, ...] = ()


@dataclass(frozen=True)
class Found:
    """What one rule found: its code, and what is said of this subject."""

    rule: str
    severity: Severity
    text: str
    source: str


@dataclass(frozen=True)
class Evidence:
    """All that is known of one query, as of `made_at` (UTC), and what the rules say of it.

    `rules_version` is that of the rules in force when the query was submitted. `actor_id` is who
    started it, None for a query that came from elsewhere.
    """

    query_id: str
    request_id: str | None
    patient_id: str
    purpose: str
    origin: str
    status: str
    submitted_at: datetime
    actor_id: str | None
    actor: str | None
    links: tuple[Link, ...]
    findings: tuple[Found, ...]
    rules_version: str
    made_at: datetime

    @property
    def present(self) -> int:
        """How many links are present."""
        return _count(self.links, LinkState.PRESENT)

    @property
    def applicable(self) -> int:
        """How many links are present or missing."""
        return self.present + _count(self.links, LinkState.MISSING)

    @property
    def completeness(self) -> float | None:
        """Present over applicable links, between 0 and 1; None where none applies."""
        return self.present / self.applicable if self.applicable else None

    @property
    def severity(self) -> int:
        """The severity of the worst finding; 0 without any."""
        return max((found.severity.value for found in self.findings), default=0)

    @property
    def missing(self) -> list[str]:
        """The codes of the links that are missing."""
        return [link.code.value for link in self.links if link.state is LinkState.MISSING]


def _count(links: Sequence[Link], state: LinkState) -> int:
    return sum(link.state is state for link in links)
