"""Rules about treatment queries that may stand in for individual access."""

from collections.abc import Iterator
from datetime import datetime

from services.compliance.evidence.act_links import NO_ANSWER
from services.compliance.evidence.evidence import Severity
from services.compliance.rules.rule import PURPOSE, Judged, QueryRule, in_words
from services.queries.requests import IAS
from services.queries.status import FAILED, NOT_STARTED, REJECTED, UNCONFIRMED
from services.store.tables import Aal2Challenge, IdentitySession, NetworkQuery

_DID_NOT_WORK = frozenset({FAILED, REJECTED, NOT_STARTED, UNCONFIRMED})


def _without_grounds(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not rows.is_treatment or rows.is_external:
        return None
    lacking = [
        name
        for name, value in (("facility", rows.query.facility_id), ("reason", rows.query.reason))
        if not value
    ]
    return f"The query names no {' and no '.join(lacking)}." if lacking else None


def _during_access(judged: Judged) -> str | None:
    rows, at = judged.case.rows, judged.case.submitted_at
    if not rows.is_treatment:
        return None
    since = at - judged.case.windows.helped_within
    asked = [query.submitted_at for query in rows.others if query.purpose == IAS]
    # What the person did before an IAS query led to that query, and is over.
    begins = max([since, *asked])
    steps = [step for step in _steps(judged) if begins < step[0] <= at]
    if not steps:
        return None
    when, what = max(steps)
    return f"Individual access was going on: {what} at {in_words(when)}."


def _steps(judged: Judged) -> Iterator[tuple[datetime, str]]:
    """Each step of the person's individual access, with its time."""
    rows = judged.case.rows
    links: list[tuple[IdentitySession | Aal2Challenge, str]] = [
        *((row, "verification") for row in rows.verifications),
        *((row, "challenge") for row in rows.challenges),
    ]
    # Also a link that was withdrawn: whoever starts the query could have withdrawn it for that.
    for link, name in links:
        yield link.created_at, f"a {name} link was made"
        if link.opened_at is not None:
            yield link.opened_at, f"the {name} link was opened"
        if link.returned_at is not None:
            yield link.returned_at, f"the person came back from the {name}"
    for session in rows.aal2_sessions:
        yield session.verified_at, "a challenge was satisfied"


def _after_failure(judged: Judged) -> str | None:
    rows, at = judged.case.rows, judged.case.submitted_at
    if not rows.is_treatment:
        return None
    since = at - judged.case.windows.shortly_after
    failed = [_ended(query) for query in rows.others if _has_failed(query, at)]
    refused = [event.at for event in rows.attempts if (event.details or {}).get("purpose") == IAS]
    moments = [moment for moment in (*failed, *refused) if since < moment <= at]
    if not moments:
        return None
    return f"An IAS query of the same person did not work at {in_words(max(moments))}."


def _has_failed(query: NetworkQuery, at: datetime) -> bool:
    return query.purpose == IAS and query.status in _DID_NOT_WORK and _ended(query) <= at


def _ended(query: NetworkQuery) -> datetime:
    if query.request_id is None and query.error_kind in NO_ANSWER:
        # It was given up a day later; that it had no answer was known at once.
        return query.submitted_at
    return query.finished_at or query.submitted_at


TREATMENT_RULES = (
    QueryRule(
        "treatment_without_grounds",
        Severity.WARNING,
        "Treatment query without facility or reason",
        "A treatment query needs a treating facility and a reason.",
        PURPOSE,
        judge=_without_grounds,
    ),
    QueryRule(
        "treatment_during_access",
        Severity.WARNING,
        "Treatment query during individual access",
        "A person who is being helped to get their own records is asked for with the purpose of "
        "individual access, not of treatment.",
        PURPOSE,
        "A step of individual access less than an hour before, without an IAS query since.",
        judge=_during_access,
    ),
    QueryRule(
        "treatment_after_failed_ias",
        Severity.WARNING,
        "Treatment query shortly after a failed IAS query",
        "A treatment query does not take the place of an IAS query that did not work.",
        PURPOSE,
        "Less than an hour after an IAS query of the person failed, was refused, had no answer, or "
        "could not be started.",
        judge=_after_failure,
    ),
)
