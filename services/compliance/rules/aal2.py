"""Rules about the multifactor challenge, and the AAL2 session that it brought."""

from datetime import timedelta

from services.compliance.evidence.access_links import PHISHING_RESISTANT
from services.compliance.evidence.evidence import LinkCode, Severity
from services.compliance.evidence.rows import reached_upstream
from services.compliance.rules.rule import (
    METRIPORT,
    NIST_3,
    NIST_4,
    SOP,
    Judged,
    QueryRule,
    in_words,
)


def _missing(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not judged.is_own_ias:
        return None
    if rows.aal2 is None:
        return "The query used no AAL2 session that the log holds."
    if rows.aal2.verified_at > judged.case.submitted_at:
        satisfied = in_words(rows.aal2.verified_at)
        return f"The challenge was satisfied at {satisfied}, after the start."
    if judged.lacks(LinkCode.CHALLENGE):
        return judged.links[LinkCode.CHALLENGE].why
    return None


def _age(judged: Judged) -> timedelta | None:
    return judged.case.rows.age_at_start if judged.is_own_ias else None


def _too_old(judged: Judged) -> str | None:
    age, most = _age(judged), judged.case.max_age
    if age is None or age < most:
        return None
    return f"The AAL2 session was {_in_minutes(age)} old at the start; {_in_minutes(most)} end it."


def _too_idle(judged: Judged) -> str | None:
    # A session serves one query: from its challenge to its query nothing uses it.
    age, most = _age(judged), judged.case.max_idle
    if age is None or age < most:
        return None
    return f"The AAL2 session was idle for {_in_minutes(age)}; {_in_minutes(most)} end it."


def _in_minutes(time: timedelta) -> str:
    return f"{time // timedelta(minutes=1)} minutes"


def _used_twice(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not judged.is_own_ias or rows.aal2 is None or not rows.reached_upstream:
        return None
    others = [query.id for query in rows.sharing if reached_upstream(query)]
    if others:
        return f"The AAL2 session also served the query {', '.join(others)}."
    if rows.aal2.used_by not in (None, rows.query.id):
        return f"The AAL2 session says that the query {rows.aal2.used_by} used it."
    return None


def _not_resistant(judged: Judged) -> str | None:
    challenge = judged.case.rows.challenge
    if not judged.is_own_ias or challenge is None or challenge.method in PHISHING_RESISTANT:
        return None
    return f"The method of the challenge was {challenge.method or 'not told'}."


AAL2_RULES = (
    QueryRule(
        "aal2_missing",
        Severity.SERIOUS,
        "AAL2 missing",
        "The person has satisfied a multifactor challenge (AAL2) before an IAS query is started.",
        SOP,
        judge=_missing,
    ),
    QueryRule(
        "aal2_too_old",
        Severity.SERIOUS,
        "AAL2 session too old",
        "A person authenticates again at least every 12 hours.",
        NIST_3,
        "12 hours or older at the start, or AAL2_MAX_AGE where that is less.",
        judge=_too_old,
    ),
    QueryRule(
        "aal2_idle",
        Severity.SERIOUS,
        "AAL2 session idle too long",
        "A person authenticates again after 30 minutes of inactivity. Between the challenge and "
        "its query nothing uses the session.",
        NIST_3,
        "30 minutes or more between challenge and start, or AAL2_MAX_IDLE where that is less.",
        judge=_too_idle,
    ),
    QueryRule(
        "aal2_used_twice",
        Severity.SERIOUS,
        "AAL2 session used twice",
        "An AAL2 session serves one query. Queries that Metriport never looked at do not count.",
        METRIPORT,
        judge=_used_twice,
    ),
)

METHOD_RULES = (
    QueryRule(
        "method_not_phishing_resistant",
        Severity.NOTICE,
        "Method not phishing-resistant",
        "A phishing-resistant method is offered; webauthn is one, a one-time code (totp) is none.",
        f"{NIST_4}, section 2.2.2",
        judge=_not_resistant,
    ),
)
