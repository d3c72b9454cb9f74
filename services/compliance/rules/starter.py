"""Rules about who started a query, why, and what upstream answered."""

from services.compliance.evidence.act_links import NO_ANSWER
from services.compliance.evidence.evidence import LinkCode, Severity
from services.compliance.rules.rule import (
    AUDIT_CONTROLS,
    HOUSE,
    INTEGRITY,
    PURPOSE,
    SOP,
    UNIQUE_USER,
    Judged,
    QueryRule,
    in_words,
)
from services.queries.status import NOT_STARTED, PROCESSING, SUBMITTING, UNCONFIRMED
from services.staff.permissions import Permission, Role, is_granted
from services.store.tables import AuditEvent

NOT_JUDGED = "not_judged"
"""The finding that a row of the log could not be read, or that a rule failed; never judged."""


def _no_reason(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not judged.is_own_ias or rows.query.reason or rows.query.ticket:
        return None
    asked_by_person = judged.case.consent.is_given or (rows.aal2 and rows.challenge)
    return None if asked_by_person else "No reason, no ticket, and nothing that the person did."


def _unconfirmed(judged: Judged) -> str | None:
    case, query = judged.case, judged.case.rows.query
    if case.age < case.windows.answered_within or query.request_id:
        return None
    waits = query.status in (UNCONFIRMED, SUBMITTING)
    given_up = query.status == NOT_STARTED and query.error_kind in (None, *NO_ANSWER)
    if not waits and not given_up:
        return None
    return "Metriport has neither answered nor reported the query within a day."


def _still_running(judged: Judged) -> str | None:
    case, query = judged.case, judged.case.rows.query
    is_running = query.status == PROCESSING or judged.lacks(LinkCode.SOURCES)
    if case.age < case.windows.ended_within or not query.request_id or not is_running:
        return None
    return judged.links[LinkCode.SOURCES].why or "It is still running a day after the start."


def _not_noted(judged: Judged) -> str | None:
    rows = judged.case.rows
    if rows.is_external or rows.start is not None or rows.purged:
        return None
    return "The query was started here, and the access log holds no event of it."


def _contradicted(judged: Judged) -> str | None:
    rows, start = judged.case.rows, judged.case.rows.start
    if rows.is_external or start is None:
        return None
    if start.actor_id != (rows.query.started_by_id or ""):
        return "The access log and the query name two different people as who started it."
    session = rows.staff_session
    if session is not None and session.staff_id != start.actor_id:
        return "The staff session of the start is somebody else's."
    return None


def _without_role(judged: Judged) -> str | None:
    rows, start = judged.case.rows, judged.case.rows.start
    if rows.is_external or start is None:
        return None
    if not _may_start(start.role):
        return f"The role was {start.role or 'none'}, which may not start queries."
    return _over_session(judged, start)


def _may_start(role: str) -> bool:
    return role in set(Role) and is_granted(Role(role), Permission.QUERIES_START)


def _over_session(judged: Judged, start: AuditEvent) -> str | None:
    """A bulk run goes on after a sign-out, but not after its session was revoked."""
    session, run = judged.case.rows.staff_session, judged.case.rows.run
    if session is None:
        return None
    late = judged.case.windows.same_moment
    if session.revoked_at is not None and session.revoked_at + late < start.at:
        return f"An administrator had ended the session at {in_words(session.revoked_at)}."
    if run is None and session.ended_at is not None and session.ended_at + late < start.at:
        return f"The staff session had ended at {in_words(session.ended_at)}."
    return None


def _external_ias(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not (rows.is_external and rows.is_ias):
        return None
    return (
        "Another program with the company's key started it: who, for whom it was proofed, and how "
        "the person authenticated, is not known here."
    )


def _external(judged: Judged) -> str | None:
    rows = judged.case.rows
    if not rows.is_external or rows.is_ias:
        return None
    return "Another program with the company's key started it: who, and why, is not known here."


def _clocks(judged: Judged) -> str | None:
    wrong = list(_contradictions(judged))
    return f"These times contradict each other: {'; '.join(wrong)}." if wrong else None


def _contradictions(judged: Judged) -> list[str]:
    rows, query, close = judged.case.rows, judged.case.rows.query, judged.case.windows.same_moment
    aal2, start = rows.aal2, rows.start
    pairs = [
        ("ended before it was submitted", query.finished_at, query.submitted_at),
        ("submitted in the future", judged.case.now, query.submitted_at),
        (
            "AAL2 session used before it was satisfied",
            aal2.used_at if aal2 else None,
            aal2.verified_at if aal2 else None,
        ),
        ("noted in the access log before it was submitted", start and start.at, query.submitted_at),
        ("noted in the access log after it was submitted", query.submitted_at, start and start.at),
    ]
    return [text for text, later, earlier in pairs if later and earlier and later < earlier - close]


STARTER_RULES = (
    QueryRule(
        "no_reason",
        Severity.WARNING,
        "No reason",
        "An IAS query rests on what the person did (a consent, a satisfied challenge), or has a "
        "reason or a ticket.",
        AUDIT_CONTROLS,
        judge=_no_reason,
    ),
    QueryRule(
        "unconfirmed",
        Severity.WARNING,
        "Unconfirmed over a day",
        "It is known of every query whether Metriport has started it.",
        HOUSE,
        "24 hours after the start or later.",
        judge=_unconfirmed,
    ),
    QueryRule(
        "still_running",
        Severity.NOTICE,
        "Without an outcome over a day",
        "It is known of every source what came of it.",
        HOUSE,
        "24 hours after the start or later.",
        judge=_still_running,
    ),
    QueryRule(
        "start_not_noted",
        Severity.SERIOUS,
        "Start not in the access log",
        "The start of every query is an event of the access log.",
        AUDIT_CONTROLS,
        judge=_not_noted,
    ),
    QueryRule(
        "start_contradicted",
        Severity.SERIOUS,
        "Start contradicts the access log",
        "The query, the access log and the staff session name the same member of the staff.",
        UNIQUE_USER,
        judge=_contradicted,
    ),
    QueryRule(
        "started_without_role",
        Severity.SERIOUS,
        "Started without the role",
        "Who starts a query has a role that may, in a session that is not over. A bulk run goes on "
        "after a sign-out, but not after an administrator ended the session.",
        HOUSE,
        "A session that was over for more than a minute.",
        judge=_without_role,
    ),
    QueryRule(
        "external_ias",
        Severity.SERIOUS,
        "Individual access started elsewhere, without evidence here",
        "The evidence of an IAS query is held where it was started; of one that another program "
        "started, it is not here.",
        SOP,
        judge=_external_ias,
    ),
    QueryRule(
        "external",
        Severity.NOTICE,
        "Started elsewhere",
        "Of a query that another program started, nobody knows here who asked, and why.",
        PURPOSE,
        judge=_external,
    ),
    QueryRule(
        "clocks",
        Severity.WARNING,
        "Times that contradict each other",
        "The times of a query and of what it rests on can have happened in that order.",
        INTEGRITY,
        "More than a minute apart.",
        judge=_clocks,
    ),
    QueryRule(
        NOT_JUDGED,
        Severity.WARNING,
        "Not judged",
        "Every query can be judged: its rows can be read, and no rule stumbles over them. It is "
        "tried again after an hour.",
        HOUSE,
    ),
)
