"""The facts that a diagnosis reads, and the verdict that it gives.

Plain values without a database row among them; all times are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.access_state import AccessFacts, Limits
from services.identity.consent.consent_state import NO_CONSENT, ConsentFacts, ConsentRule
from services.queries.conditions.source_names import source_name
from services.queries.status import COMPLETED

RECENT = timedelta(days=1)
"""How long an attempt at individual access comes before treatment queries that are newer."""


class Severity(StrEnum):
    """What a verdict asks of the staff.

    Nothing; to wait; to go on, with nothing in the way; to mend what is in the way; or to have
    repaired what stops everybody.
    """

    OK = "ok"
    WAITING = "waiting"
    READY = "ready"
    TO_DO = "to_do"
    TROUBLE = "trouble"


class Action(StrEnum):
    """The button that does the next step."""

    SEND_VERIFICATION = "send_verification"
    SEND_CHALLENGE = "send_challenge"
    START_IAS = "start_ias"
    START_TREATMENT = "start_treatment"
    RECORD_CONSENT = "record_consent"
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
        """The name of its type, and its provider where upstream has named it."""
        name = source_name(self.type)
        return f"{name} ({self.provider})" if self.provider else name


@dataclass(frozen=True)
class QueryFacts:
    """A person's newest query of a purpose.

    The `error_…` fields are upstream's own words. `next_check_at` is when a status call asks
    upstream again, unless a webhook comes before.
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
    """What the log knows of a person's records since a query ended.

    `resources` is the total of the newest count, None where nobody has counted; the other fields
    are of the newest request for consolidated data.
    """

    resources: int | None
    status: str
    asked_at: datetime
    next_check_at: datetime | None = None
    error_detail: str | None = None


@dataclass(frozen=True)
class Health:
    """Whether the upstream works, which is the same for every person.

    A time is None where there is no such trouble. `clock_off` is upstream's clock minus ours.
    `deliveries_failed` counts webhooks that upstream could not deliver, and `deliveries_off` is
    upstream's reason for delivering none at all.
    """

    key_refused_at: datetime | None = None
    unreachable_at: datetime | None = None
    clock_off: timedelta = timedelta()
    deliveries_failed: int = 0
    deliveries_off: str | None = None


@dataclass(frozen=True)
class Case:
    """Everything that one diagnosis may use.

    `ias` is the newest query for individual access, `treatment` the newest of any other purpose.
    `records` maps a query's id to what the log knows of its records. `usual` is the 95th percentile
    of the time that each source type takes. `drifted` names the fields of the person's record that
    differ from what their identity was proofed against. `consent_rule` is what an IAS query without
    a consent gets.
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
    drifted: tuple[str, ...] = ()
    consent: ConsentFacts = NO_CONSENT
    consent_rule: ConsentRule = ConsentRule.OFF

    @property
    def query(self) -> QueryFacts | None:
        """The query that the verdict is about: the newer of `ias` and `treatment`.

        A query for individual access that did not complete comes first for a day, even if a
        clinician's query is newer: the person is waiting for it.
        """
        ias, treatment = self.ias, self.treatment
        if ias is None or treatment is None:
            return ias or treatment
        recent = self.now - ias.submitted_at < RECENT and ias.status != COMPLETED
        return ias if recent or ias.submitted_at > treatment.submitted_at else treatment

    def query_in(self, *statuses: str) -> QueryFacts | None:
        """The query that the verdict is about, if its status is one of `statuses`; else None."""
        return self.query if self.query and self.query.status in statuses else None

    def is_latest_step(self, began: datetime, moment: datetime | None = None) -> bool:
        """Whether a step towards individual access comes before what the queries say.

        `began` is when the step began: false if an IAS query is newer. `moment` is when the step
        ended, None while it is under way: false if that is more than a day ago and a treatment
        query is newer.
        """
        if self.ias and began < self.ias.submitted_at:
            return False
        if moment is None or self.now - moment < RECENT:
            return True
        return self.treatment is None or moment >= self.treatment.submitted_at


@dataclass(frozen=True)
class Verdict:
    """Why a person cannot get their records now, or that they can.

    `evidence` maps the name of a fact to its value: a time, an id, or upstream's own words. `until`
    is how long the verdict holds, where that is known: a link ends then, or an answer is due.
    """

    code: str
    severity: Severity
    what: str
    next_step: str
    action: Action | None = None
    until: datetime | None = None
    evidence: Mapping[str, str | datetime] = field(default_factory=dict)


Evidence = Mapping[str, str | datetime | None]
"""The facts of a rule by names like `metriport_says`; a value may be missing."""


def verdict(
    code: str,
    severity: Severity,
    what: str,
    next_step: str,
    action: Action | None = None,
    until: datetime | None = None,
    evidence: Evidence | None = None,
) -> Verdict:
    """A verdict with its evidence made readable.

    Facts without a value are left out, and `metriport_says` becomes "Metriport says".
    """
    named = (evidence or {}).items()
    readable = {name.replace("_", " ").capitalize(): value for name, value in named if value}
    return Verdict(code, severity, what, next_step, action, until, readable)
