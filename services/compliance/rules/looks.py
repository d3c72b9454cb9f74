"""Rules about looks: at records without a cause, and at many people."""

from services.compliance.evidence.evidence import Severity
from services.compliance.rules.rule import AUDIT_CONTROLS, LookCase, LookRule
from services.queries.status import ENDED
from services.records.looks import ACTIONS

RECORD_LOOKS = tuple(ACTIONS.values())
"""Actions by which somebody sees fetched records. Counts are none: they show no record."""

PERSON_LOOK = "patient.view"

WITHOUT_CAUSE, MANY_PEOPLE = "look_without_cause", "many_people"


def _without_cause(case: LookCase) -> str | None:
    if case.event.action not in RECORD_LOOKS or case.ticket or _has_query_near(case):
        return None
    return "Records were looked at without a ticket, and without a query of the person near it."


def _has_query_near(case: LookCase) -> bool:
    at, near = case.event.at, case.windows.near_look
    return any(
        query.submitted_at <= at
        and (query.status not in ENDED or (query.finished_at or query.submitted_at) > at - near)
        for query in case.near
    )


def _many_people(case: LookCase) -> str | None:
    most, within = case.windows.many_people, case.windows.many_within
    if case.event.action != PERSON_LOOK or len(case.people) <= most:
        return None
    # One finding for each window: the next one counts from the end of the last.
    if case.last_found_at is not None and case.event.at < case.last_found_at + within:
        return None
    return f"{len(case.people)} different people were looked at within an hour."


LOOK_RULES = (
    LookRule(
        WITHOUT_CAUSE,
        Severity.WARNING,
        "Records looked at without a query or ticket near it",
        "Whoever looks at a person's records names a ticket, or a query of the person is near.",
        AUDIT_CONTROLS,
        "A query that runs, or that was started or has ended less than 24 hours before the look.",
        judge=_without_cause,
    ),
    LookRule(
        MANY_PEOPLE,
        Severity.WARNING,
        "Many people looked at in a short time",
        "One member of the staff looks at no more people than their work needs.",
        AUDIT_CONTROLS,
        "More than 30 different people within an hour; one finding an hour.",
        judge=_many_people,
    ),
)
