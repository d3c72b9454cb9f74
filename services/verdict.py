"""What a diagnosis is made from, and what it says. Plain values; all times are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.access_state import Facts, Limits


class Severity(StrEnum):
    """How much a verdict asks of the staff: nothing, patience, an act, or a repair."""

    OK = "ok"
    WAITING = "waiting"
    TO_DO = "to_do"
    TROUBLE = "trouble"


class Action(StrEnum):
    """The button that does the next step."""

    SEND_VERIFICATION = "send_verification"
    SEND_CHALLENGE = "send_challenge"
    START_IAS = "start_ias"
    START_TREATMENT = "start_treatment"
    FETCH_RECORDS = "fetch_records"
    OPEN_QUERY = "open_query"
    OPEN_WEBHOOKS = "open_webhooks"
    SEARCH = "search"


@dataclass(frozen=True)
class SourceFacts:
    """The latest attempt of one source of a query."""

    type: str
    status: str
    started_at: datetime | None = None
    error_status: int | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class QueryFacts:
    """A person's newest query; `error_*` are upstream's own words."""

    id: str
    purpose: str
    status: str
    submitted_at: datetime
    finished_at: datetime | None = None
    error_kind: str | None = None
    error_status: int | None = None
    error_detail: str | None = None
    sources: tuple[SourceFacts, ...] = ()


@dataclass(frozen=True)
class Health:
    """How the upstream fares, whoever the person is."""

    key_refused_at: datetime | None = None
    unreachable_at: datetime | None = None
    deliveries_failed: int = 0
    deliveries_off: str | None = None


@dataclass(frozen=True)
class Case:
    """Everything that one diagnosis may use.

    `records` is how many resources the newest count after the newest query found, None where
    nobody counted. `usual` is the 95th percentile of the time that each source type takes.
    """

    now: datetime
    limits: Limits
    facts: Facts = field(default_factory=Facts)
    exists: bool = True
    opted_out: bool = False
    query: QueryFacts | None = None
    records: int | None = None
    health: Health = field(default_factory=Health)
    usual: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Why a person cannot get their records now, or that they can.

    `evidence` maps what is known to its value: a moment, an id, or upstream's own words. `until`
    is when a verdict that waits stops waiting.
    """

    code: str
    severity: Severity
    what: str
    next_step: str
    action: Action | None = None
    until: datetime | None = None
    evidence: Mapping[str, str | datetime] = field(default_factory=dict)


def verdict(
    code: str,
    severity: Severity,
    what: str,
    next_step: str,
    action: Action | None = None,
    until: datetime | None = None,
    **evidence: str | datetime | None,
) -> Verdict:
    """A verdict whose evidence is what there is of it; `a_b` is told as "A b"."""
    known = {name.replace("_", " ").capitalize(): value for name, value in evidence.items()}
    told = {name: value for name, value in known.items() if value}
    return Verdict(code, severity, what, next_step, action, until, told)
