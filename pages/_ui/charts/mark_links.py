"""Which queries a mark of a chart stands for, as the address of the Queries page says it. Pure.

What the page's own controls can say is said by them, so that it can be changed there; the rest by
`pages/_ui/list/link_filters.py`. The page then lists exactly the queries that the mark counts.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pages._ui.list import link_filters as link
from pages._ui.words.names import PURPOSES, SOURCES
from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, label
from services.outcomes.buckets import day_start
from services.queries.status import COMPLETED

Address = dict[str, str]
"""Names and values of the query string; a control is named with the words that it shows."""


def bucket_link(
    purpose: str, status: str, since: datetime, until: datetime, zone: ZoneInfo
) -> Address:
    """The queries of a purpose and status submitted from `since` to before `until`."""
    is_known = purpose in PURPOSES
    address = {"purpose": PURPOSES[purpose]} if is_known else {link.PURPOSE: purpose}
    if status in QUERY_STATES:
        address["status"] = label(QUERY_STATES, status)
    else:
        address[link.STATUS] = status
    return address | span(since, until, zone)


def result_link(source: str, result: str, within: Address) -> Address:
    """The queries of a period whose attempts at a source ended as `result` says."""
    return within | _source(source) | {link.RESULT: result}


def completed_link(source: str, within: Address) -> Address:
    """The queries of a period for which a source completed."""
    return within | _source(source) | {"source_status": label(SOURCE_STATES, COMPLETED)}


def error_link(where: str, error: str, status: int | None, within: Address) -> Address:
    """The queries of a period that have an error, of a source type or of the query itself."""
    address = within | {link.ERROR: error, link.ERROR_IN: where}
    return address | ({link.ERROR_STATUS: str(status)} if status is not None else {})


def span(since: datetime, until: datetime, zone: ZoneInfo) -> Address:
    """A time of submission: as days where it consists of whole days of `zone`, else exactly."""
    first, after = since.astimezone(zone).date(), until.astimezone(zone).date()
    if (day_start(first, zone), day_start(after, zone)) == (since, until):
        return {"from": first.isoformat(), "to": (after - timedelta(days=1)).isoformat()}
    return {link.SINCE: since.isoformat(), link.UNTIL: until.isoformat()}


def _source(source: str) -> Address:
    return {"source": SOURCES[source]} if source in SOURCES else {link.SOURCE: source}
