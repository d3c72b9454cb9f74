"""What a diagnosis is made from, and what it says. Plain values; all times are UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.access_state import AccessFacts, Limits
from services.queries.status import COMPLETED

RECENT = timedelta(days=1)
"""How long an attempt at individual access stays the case, whatever else is asked meanwhile."""


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
    """The latest attempt of one source of a query, or of one provider of it."""

    type: str
    status: str
    started_at: datetime | None = None
    error_status: int | None = None
    error_message: str | None = None
    provider: str | None = None

    @property
    def name(self) -> str:
        """Its type, and its provider where upstream has named it."""
        return f"{self.type} ({self.provider})" if self.provider else self.type


@dataclass(frozen=True)
class QueryFacts:
    """The newest query of a purpose; `error_*` are upstream's own words.

    `next_check_at` is when upstream is asked again, if nothing comes by itself.
    """

    id: str
    purpose: str
    status: str
    submitted_at: datetime
    finished_at: datetime | None = None
    error_kind: str | None = None
    error_status: int | None = None
    error_detail: str | None = None
    sources: tuple[SourceFacts, ...] = ()
    next_check_at: datetime | None = None


@dataclass(frozen=True)
class RecordsFacts:
    """What is known of the records since a query ended.

    `resources` is what the newest count found, None where nobody counted; `status` and the rest
    are of the newest request.
    """

    resources: int | None
    status: str
    asked_at: datetime
    next_check_at: datetime | None = None
    error_detail: str | None = None


@dataclass(frozen=True)
class Health:
    """How the upstream fares, whoever the person is. `clock_off` is its clock less ours."""

    key_refused_at: datetime | None = None
    unreachable_at: datetime | None = None
    clock_off: timedelta = timedelta()
    deliveries_failed: int = 0
    deliveries_off: str | None = None


@dataclass(frozen=True)
class Case:
    """Everything that one diagnosis may use.

    The newest query for individual access and the newest other one stand apart. `records` maps a
    query's id to what is known of its records. `usual` is the 95th percentile of the time that
    each source type takes.
    """

    now: datetime
    limits: Limits
    facts: AccessFacts = field(default_factory=AccessFacts)
    exists: bool = True
    opted_out: bool = False
    ias: QueryFacts | None = None
    treatment: QueryFacts | None = None
    records: Mapping[str, RecordsFacts] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    usual: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def query(self) -> QueryFacts | None:
        """The query that the person's case is about.

        The newer one; but a query for individual access that did not complete stays the case for a
        day, whatever clinicians ask for meanwhile.
        """
        ias, treatment = self.ias, self.treatment
        if ias is None or treatment is None:
            return ias or treatment
        recent = self.now - ias.submitted_at < RECENT and ias.status != COMPLETED
        return ias if recent or ias.submitted_at > treatment.submitted_at else treatment

    def query_in(self, *statuses: str) -> QueryFacts | None:
        """The case's query, if it stands there."""
        return self.query if self.query and self.query.status in statuses else None

    def is_latest_step(self, began: datetime, moment: datetime | None = None) -> bool:
        """Whether a step towards individual access is what matters now.

        It `began` after the newest query for individual access; and its last `moment` is of the
        last day or newer than a treatment query. Without a `moment` it is still under way.
        """
        if self.ias and began < self.ias.submitted_at:
            return False
        if moment is None or self.now - moment < RECENT:
            return True
        return self.treatment is None or moment >= self.treatment.submitted_at


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


Evidence = Mapping[str, str | datetime | None]
"""What a rule knows, under names as in `metriport_says`."""


def verdict(
    code: str,
    severity: Severity,
    what: str,
    next_step: str,
    action: Action | None = None,
    until: datetime | None = None,
    evidence: Evidence | None = None,
) -> Verdict:
    """A verdict whose evidence is what there is of it; `a_b` is told as "A b"."""
    named = (evidence or {}).items()
    known = {name.replace("_", " ").capitalize(): value for name, value in named}
    told = {name: value for name, value in known.items() if value}
    return Verdict(code, severity, what, next_step, action, until, told)
