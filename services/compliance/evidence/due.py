"""When the time alone changes what evidence says. Pure."""

from collections.abc import Iterator
from datetime import datetime

from services.compliance.evidence.act_links import is_settled
from services.compliance.evidence.case import Case
from services.metriport.timing import LOST_AFTER
from services.queries.status import NOT_STARTED, REJECTED, SUBMITTING


def due_at(case: Case) -> datetime | None:
    """The next moment after now at which the evidence may differ; None where only facts can."""
    return min((moment for moment in _moments(case) if moment > case.now), default=None)


def _moments(case: Case) -> Iterator[datetime]:
    at, windows, query = case.submitted_at, case.windows, case.rows.query
    # From then on it was not submitted in the future any more, whatever clock went back.
    yield at - windows.same_moment
    if query.status == SUBMITTING or case.rows.is_external:
        yield at + LOST_AFTER
    if query.request_id is None:
        yield at + windows.answered_within
    if query.status not in (REJECTED, NOT_STARTED):
        yield at + windows.ended_within
    for request in case.rows.requests:
        if not is_settled(request):
            yield request.submitted_at + windows.counted_within
