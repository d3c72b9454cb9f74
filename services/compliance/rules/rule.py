"""What a rule is: what it is called and says, where it comes from, and how it judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.compliance.evidence.case import Case
from services.compliance.evidence.evidence import Found, Link, LinkCode, LinkState, Severity
from services.compliance.rules.windows import Windows
from services.store.tables import AuditEvent, NetworkQuery

SOP = "TEFCA SOP Individual Access Services, version 2.0 (2024-08-06)"
NIST_3 = "NIST SP 800-63B, revision 3, section 4.2.3"
NIST_4 = "NIST SP 800-63B, revision 4 (July 2025)"
AUDIT_CONTROLS = "45 CFR 164.312(b), audit controls"
INTEGRITY = "45 CFR 164.312(c)(1), integrity"
UNIQUE_USER = "45 CFR 164.312(a)(2)(i), unique user identification"
PURPOSE = "Purpose of use: individual access is not treatment"
METRIPORT = "Metriport's documentation of individual access"
HOUSE = "A rule of this program"


@dataclass(frozen=True)
class Judged:
    """A query as its rules see it: the case, and its links by code."""

    case: Case
    links: Mapping[LinkCode, Link]

    def lacks(self, code: LinkCode) -> bool:
        """Whether a link is missing."""
        return self.links[code].state is LinkState.MISSING

    @property
    def is_own_ias(self) -> bool:
        """Whether it is individual access that was started here: only then all is known of it."""
        return self.case.rows.is_ias and not self.case.rows.is_external


@dataclass(frozen=True)
class LookCase:
    """A look of the access log, and what rules about looks need beside it.

    `near` are the queries of the person before the look, `ticket` is that of the event or of the
    look itself. `people` are those whom the same member of the staff has looked at within
    `many_within` up to this event, `before` the ones up to the event before it. `last_found_at` is
    when the same member was found last to look at many.
    """

    event: AuditEvent
    windows: Windows
    ticket: str = ""
    near: tuple[NetworkQuery, ...] = ()
    people: frozenset[str] = frozenset()
    last_found_at: datetime | None = None


@dataclass(frozen=True)
class Rule:
    """One rule, in words for people and as code.

    `title` names what is found, `text` says when, `limits` which limits apply ("" for none), and
    `source` where the rule comes from.
    """

    code: str
    severity: Severity
    title: str
    text: str
    source: str
    limits: str = ""

    def found(self, text: str) -> Found:
        """What is kept of a subject about which the rule says `text`."""
        return Found(self.code, self.severity, text, self.source)


@dataclass(frozen=True)
class QueryRule(Rule):
    """A rule about queries. `judge` answers what is said of this one, None for nothing."""

    judge: Callable[[Judged], str | None] = lambda _: None


@dataclass(frozen=True)
class LookRule(Rule):
    """A rule about looks. `judge` answers what is said of this one, None for nothing."""

    judge: Callable[[LookCase], str | None] = lambda _: None


def in_words(moment: datetime) -> str:
    """A time (UTC) as the text of a finding has it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
