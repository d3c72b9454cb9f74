"""The links about the act: who started the query, what upstream answered, what came of it."""

from services.compliance.evidence.case import Case
from services.compliance.evidence.evidence import Link, LinkCode, RowRef, Value
from services.compliance.evidence.link_making import (
    NOT_STARTED_HERE,
    decide,
    known,
    missing,
    not_applicable,
    present,
)
from services.metriport.timing import LOST_AFTER
from services.queries.status import (
    COMPLETED,
    FINISHED,
    NOT_STARTED,
    REJECTED,
    SOURCE_FINAL,
    SUBMITTING,
)
from services.records.looks import ACTIONS
from services.store.tables import AuditEvent, NetworkQuery, QuerySource, RecordRequest

NO_ANSWER = frozenset({"unknown", "broken", "no_answer"})
"""Kinds of errors after which it is unknown whether the query was carried out."""

_RECORDS_ENDED = frozenset({"completed", "failed", REJECTED})


def starter_link(case: Case) -> Link:
    """Who started it, in which session and role, and why: as the access log says."""
    code, rows = LinkCode.STARTER, case.rows
    if rows.is_external:
        return missing(code, NOT_STARTED_HERE)
    event = rows.start
    if event is None:
        return missing(code, _no_event(case), known(("started by", rows.query.started_by)))
    run = rows.run
    facts = known(
        ("started by", event.actor),
        ("staff id", event.actor_id),
        ("role", event.role),
        ("staff session", event.session_id),
        ("bulk run", run.id if run else None),
        ("at", event.at),
        ("reason", event.reason),
        ("ticket", event.ticket),
        ("event", event.seq),
    )
    session = rows.staff_session
    return decide(
        code,
        _complaints_of_start(case, event),
        facts,
        RowRef("audit_event", str(event.seq)),
        RowRef("staff_session", session.id) if session else None,
        RowRef("bulk_run", run.id) if run else None,
    )


def _no_event(case: Case) -> str:
    if case.rows.purged:
        return "The events of that time were purged: they were older than the log's retention."
    return "The access log holds no event of its start."


def _complaints_of_start(case: Case, event: AuditEvent) -> list[str]:
    session, query = case.rows.staff_session, case.rows.query
    other = event.actor_id != (query.started_by_id or "")
    others_session = session is not None and session.staff_id != event.actor_id
    return [
        "The access log names somebody else than the query." if other else "",
        "The event names another person." if event.patient_id != query.patient_id else "",
        "" if event.role else "The event names no role.",
        "" if event.session_id else "The event names no staff session.",
        "The staff session is somebody else's." if others_session else "",
    ]


def request_link(case: Case) -> Link:
    """What was asked, and what upstream answered."""
    code, query = LinkCode.REQUEST, case.rows.query
    facts = known(
        ("request", query.request_id),
        ("asked for", query.requested),
        ("facility", query.facility_id),
        ("submitted at", query.submitted_at),
        ("started at", query.started_at),
        ("status", query.status),
        ("refused with", query.error_status),
        ("refused as", query.error_title or query.error_kind),
        ("unreadable", query.unreadable),
    )
    row = RowRef("network_query", query.id)
    if query.request_id or is_refused(query):
        return present(code, facts, row)
    if query.status == SUBMITTING and case.age < LOST_AFTER:
        return not_applicable(code, "The call is under way.", facts, row)
    return missing(code, "Metriport has not answered.", facts, row)


def is_refused(query: NetworkQuery) -> bool:
    """Whether it is known that it did not start: upstream said no, or was never reached."""
    return query.status in (REJECTED, NOT_STARTED) and query.error_kind not in (None, *NO_ANSWER)


def sources_link(case: Case) -> Link:
    """The outcome of each source."""
    code, query = LinkCode.SOURCES, case.rows.query
    if query.status in (REJECTED, NOT_STARTED):
        return not_applicable(code, "The query did not start, so no source was asked.")
    sources = case.rows.sources
    facts = [(_name(source), _outcome(source)) for source in sources]
    rows = [RowRef("query_source", str(source.id)) for source in sources]
    open_ones = [_name(source) for source in sources if _is_open(source)]
    still_runs = open_ones or query.status not in FINISHED
    if still_runs and case.age < case.windows.ended_within:
        return not_applicable(code, "The sources are still being asked.", facts, *rows)
    if not sources:
        return missing(code, "The log holds no source of it.")
    late = ", ".join(open_ones)
    complaint = f"No outcome a day after the start: {late}." if late else ""
    return decide(code, [complaint], facts, *rows)


def _is_open(source: QuerySource) -> bool:
    return source.status not in SOURCE_FINAL and source.status != NOT_STARTED


def _name(source: QuerySource) -> str:
    name = source.specific_source or source.type
    return name if source.attempt == 1 else f"{name}, attempt {source.attempt}"


def _outcome(source: QuerySource) -> str:
    error = f" ({source.error_status})" if source.error_status else ""
    return f"{source.status}{error}"


def records_link(case: Case) -> Link:
    """What was counted and looked at afterwards, and by whom."""
    code, rows = LinkCode.RECORDS, case.rows
    if rows.query.status in (REJECTED, NOT_STARTED):
        return not_applicable(code, "The query did not start, so it brought nothing.")
    if not any(source.status == COMPLETED for source in rows.sources):
        return not_applicable(code, "No source has brought anything.")
    if not rows.requests and not rows.looks:
        return not_applicable(code, "Nobody asked for the records here afterwards.")
    return decide(code, _complaints_of_records(case), _facts_of_records(case), *_record_rows(case))


def _complaints_of_records(case: Case) -> list[str]:
    acts = ACTIONS.values()
    noted = {event.object_id for event in case.rows.look_events if event.action in acts}
    complaints = [
        f"Of the request {request.id} no outcome is known."
        for request in case.rows.requests
        if not is_settled(request)
        and case.now - request.submitted_at >= case.windows.counted_within
    ]
    unnoted = [look.id for look in case.rows.looks if look.id not in noted]
    return complaints + [f"The access log holds no event of the look {look}." for look in unnoted]


def is_settled(request: RecordRequest) -> bool:
    """Whether it is known what became of a request for records."""
    return request.counted_at is not None or request.status in _RECORDS_ENDED


def _facts_of_records(case: Case) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = []
    for request in case.rows.requests:
        counts = request.resource_counts
        facts += known(
            ("asked at", request.submitted_at),
            ("asked by", request.started_by),
            ("status", request.status),
            ("counted", sum(counts.values()) if counts is not None else None),
        )
    for look in case.rows.looks:
        facts += known(
            ("looked at", look.at),
            ("looked", look.act),
            ("by", look.actor),
            ("result", "It failed: nothing was shown" if look.failed else None),
            ("reason", look.reason),
            ("ticket", look.ticket),
        )
    return facts


def _record_rows(case: Case) -> list[RowRef]:
    requests = [RowRef("record_request", request.id) for request in case.rows.requests]
    looks = [RowRef("record_look", look.id) for look in case.rows.looks]
    events = [RowRef("audit_event", str(event.seq)) for event in case.rows.look_events]
    return requests + looks + events
