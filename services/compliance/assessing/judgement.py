"""What the rules said of one query or look, and how often that counts in a day. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from services.compliance.evidence.evidence import Evidence, Found
from services.queries.requests import IAS
from services.store.tables import Assessment, AuditEvent

QUERY, LOOK = "query", "look"
"""The kinds of subjects."""


@dataclass(frozen=True)
class Judgement:
    """One subject and what was found; the fields are those of `Assessment`."""

    subject: str
    kind: str
    purpose: str
    patient_id: str
    actor_id: str | None
    actor: str | None
    at: datetime
    rules_version: str
    found: tuple[Found, ...]
    present: int = 0
    applicable: int = 0
    missing: tuple[str, ...] = ()
    due_at: datetime | None = None

    @property
    def severity(self) -> int:
        """The severity of the worst finding; 0 without any."""
        return max((found.severity.value for found in self.found), default=0)

    @property
    def findings(self) -> list[str]:
        """The codes of the rules that found something, the worst first."""
        return [found.rule for found in self.found]


def of_query(evidence: Evidence, due_at: datetime | None) -> Judgement:
    """The judgement of a query, from its evidence."""
    return Judgement(
        subject=evidence.query_id,
        kind=QUERY,
        purpose=evidence.purpose,
        patient_id=evidence.patient_id,
        actor_id=evidence.actor_id,
        actor=evidence.actor,
        at=evidence.submitted_at,
        rules_version=evidence.rules_version,
        found=evidence.findings,
        present=evidence.present,
        applicable=evidence.applicable,
        missing=tuple(evidence.missing),
        due_at=due_at,
    )


def of_look(event: AuditEvent, found: tuple[Found, ...], rules_version: str) -> Judgement:
    """The judgement of a look in the access log."""
    return Judgement(
        subject=look_subject(event.seq),
        kind=LOOK,
        purpose="",
        patient_id=event.patient_id or "",
        actor_id=event.actor_id,
        actor=event.actor,
        at=event.at,
        rules_version=rules_version,
        found=found,
    )


def look_subject(seq: int) -> str:
    """The subject of the event with that number."""
    return f"event {seq}"


def counts_of(assessed: Judgement | Assessment | None) -> Counter[tuple[date, str]]:
    """How often a subject counts, by day and `AssessmentDay.what`; not at all for None."""
    counts: Counter[tuple[date, str]] = Counter()
    if assessed is None:
        return counts
    day = assessed.at.date()
    if assessed.kind == QUERY and assessed.purpose == IAS:
        counts[day, "ias"] = 1
        counts[day, "complete"] = int(assessed.present == assessed.applicable)
        counts[day, "present"] = assessed.present
        counts[day, "applicable"] = assessed.applicable
    if assessed.severity:
        counts[day, f"severity {assessed.severity}"] = 1
    for code in assessed.findings:
        counts[day, f"rule {code}"] += 1
    return counts
