"""What a query's state means for the person at the desk. Pure functions."""

from services.queries.requests import IAS
from services.queries.rows import NetworkQuery, QuerySource
from services.queries.status import (
    COMPLETED,
    FAILED,
    NOT_STARTED,
    PARTIAL,
    PROCESSING,
    REJECTED,
    SUBMITTING,
    UNCONFIRMED,
)

_WHAT = {
    SUBMITTING: "The request is on its way to Metriport.",
    PROCESSING: "Metriport is asking the sources. This page follows by itself.",
    COMPLETED: "Every source that was asked has answered. Fetch the records next.",
    PARTIAL: "Some sources answered, others failed. Fetch what came; query the failed ones again.",
    FAILED: "No source could answer. See each source’s reason below before trying again.",
    REJECTED: "Metriport refused the request, so nothing ran. Its reason stands below.",
    UNCONFIRMED: (
        "Metriport gave no usable answer, so the query may or may not be running. It was sent "
        "once and is not repeated: its webhook settles it, or it counts as not started after "
        "24 hours. Wait before starting another."
    ),
    NOT_STARTED: "It never ran, so it is safe to start another.",
}

_UPSTREAM = {
    "key_refused": "The API key was refused: an administrator must check METRIPORT_API_KEY.",
    "rate_limited": "The account’s rate limit was reached: wait a minute, then start it again.",
    "not_found": "Metriport does not know this person: search for them again.",
    "invalid": "Metriport found the request wrong: correct what it names, then start it again.",
    "refused": "Metriport forbids this request: it must change before it can succeed.",
    "conflict": "Somebody changed the person meanwhile: reload, then start it again.",
    "unreachable": "Metriport could not be reached, and nothing was sent: try again in a minute.",
}


_NOT_ACCEPTED = (
    "Metriport did not accept the identity or the AAL2 session, so the session is spent: the "
    "person’s page says what to send next."
)
_UPSTREAM_IAS = {
    "refused": _NOT_ACCEPTED,
    "conflict": _NOT_ACCEPTED,
    "not_found": "Metriport does not know the person or the identity: see the person’s page.",
    "rate_limited": "The account’s rate limit was reached, and the AAL2 session is unspent: wait "
    "a minute, then start it again.",
    "unreachable": "Metriport could not be reached, nothing was sent, and the AAL2 session is "
    "unspent: try again in a minute.",
}


def meaning(query: NetworkQuery) -> str:
    """One or two sentences on a query's status; empty for a word that is new here."""
    what = _WHAT.get(query.status, "")
    kind = query.error_kind or ""
    remedy = _UPSTREAM.get(kind, "")
    if query.purpose == IAS:
        remedy = _UPSTREAM_IAS.get(kind, remedy)
    return f"{what} {remedy}".strip()


def upstream_words(query: NetworkQuery) -> str:
    """Upstream's own words on what went wrong, as far as the log has them."""
    status = f"HTTP {query.error_status}" if query.error_status else ""
    parts = [part for part in (status, query.error_title, query.error_detail) if part]
    return " · ".join(parts)


def source_remark(source: QuerySource) -> str:
    """Why a source did not run or did not answer, and what to do."""
    if not source.error_message and not source.error_status:
        return ""
    said = source.error_message or f"HTTP {source.error_status}"
    if source.error_status == 429:
        return f"{said} Wait a minute, then query this source again."
    return said
