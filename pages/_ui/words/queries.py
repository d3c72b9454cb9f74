"""What the state of a query and of its sources means for the staff, and what to do next."""

from pages._ui.words.states import QUERY_STATES, SOURCE_STATES, label, words_of
from services.queries.conditions.source_names import source_name
from services.queries.query_log import QueryRow
from services.queries.requests import IAS
from services.queries.rows import NetworkQuery, QuerySource
from services.queries.status import FAILED

_REMEDIES = {
    "key_refused": "The API key was refused: an administrator must check METRIPORT_API_KEY.",
    "rate_limited": "The account’s rate limit was reached: wait a minute, then start it again.",
    "not_found": "Metriport does not know this person: search for them again.",
    "invalid": "Metriport found the request wrong: correct what it names, then start it again.",
    "refused": "Metriport forbids this request: it must change before it can succeed.",
    "conflict": "Somebody changed the person meanwhile: reload, then start it again.",
    "unreachable": "Metriport could not be reached, and nothing was sent: try again in a minute.",
}
"""What to do about each kind of error that upstream answers a start with."""

_NOT_ACCEPTED = (
    "Metriport did not accept the identity or the AAL2 session, so the session is spent: the "
    "person’s page says what to send next."
)
_IAS_REMEDIES = {
    "refused": _NOT_ACCEPTED,
    "conflict": _NOT_ACCEPTED,
    "not_found": "Metriport does not know the person or the identity: see the person’s page.",
    "rate_limited": "The account’s rate limit was reached, and the AAL2 session is unspent: wait "
    "a minute, then start it again.",
    "unreachable": "Metriport could not be reached, nothing was sent, and the AAL2 session is "
    "unspent: try again in a minute.",
}


def query_meaning(query: NetworkQuery) -> str:
    """What the query's state means, and what to do about its error; empty for an unknown state."""
    meaning = words_of(QUERY_STATES, query.status).meaning
    kind = query.error_kind or ""
    remedy = _REMEDIES.get(kind, "")
    if query.purpose == IAS:
        remedy = _IAS_REMEDIES.get(kind, remedy)
    return f"{meaning} {remedy}".strip()


def upstream_error(query: NetworkQuery) -> str:
    """Upstream's own words on what went wrong with the query, as far as the log has them."""
    status = f"HTTP {query.error_status}" if query.error_status else ""
    parts = [part for part in (status, query.error_title, query.error_detail) if part]
    return " · ".join(parts)


def sources_words(row: QueryRow) -> str:
    """Every source of a query with its state and, where it failed or did not start, the reason."""
    return " · ".join(_describe(source) for source in row.sources)


def _describe(source: QuerySource) -> str:
    attempt = f", attempt {source.attempt}" if source.attempt > 1 else ""
    provider = f" ({source.specific_source})" if source.specific_source else ""
    state = label(SOURCE_STATES, source.status).lower()
    reason = source_reason(source)
    return (
        f"{source_name(source.type)}{provider}{attempt}: {state}{f'. {reason}' if reason else ''}"
    )


def source_reason(source: QuerySource) -> str:
    """Why a source failed or did not start, in upstream's own words, and what to do about it.

    Empty for a source that nothing is the matter with.
    """
    reason = source.error_message or ""
    if not reason and source.error_status:
        reason = f"HTTP {source.error_status}"
    if not reason and source.status == FAILED:
        return "Metriport gave no reason."
    if source.error_status == 429:
        return f"{reason} Wait a minute, then query this source again."
    return reason
