"""How far the IAS query of a round is as sentences, and what a further round needs."""

from datetime import datetime

from pages._ui.words.states import QUERY_STATES, words_of
from pages._ui.words.times import ago
from services.diagnosis.rounds import Round
from services.diagnosis.verdict import QueryFacts
from services.identity.access_state import IdentityState
from services.identity.individual_access import PersonAccess
from services.queries.status import FAILED, PARTIAL


def query_words(this: Round, access: PersonAccess, now: datetime) -> str:
    """Whether the query can be started, how far it is, or how it ended and what would be next."""
    if this.query is None:
        return access.why_not or "Everything is in place. The query spends the AAL2 session."
    parts = [_describe(this.query, now)]
    if this.may_begin_another:
        parts.append(_describe_next(this, access))
    return " ".join(parts)


def _describe(query: QueryFacts, now: datetime) -> str:
    if query.finished_at is None:
        meaning = words_of(QUERY_STATES, query.status).meaning
        # Its first sentence: the card of the query below has the whole.
        first = meaning.partition(". ")[0].rstrip(".")
        return f"Submitted {ago(query.submitted_at, now)}.{f' {first}.' if first else ''}"
    ended = f"Ended {ago(query.finished_at, now)}."
    failed = [source.name for source in query.sources if source.status == FAILED]
    if query.status in (PARTIAL, FAILED) and failed:
        return f"{ended} {', '.join(failed)} failed."
    return ended


def _describe_next(this: Round, access: PersonAccess) -> str:
    if not access.why_not:
        return "The AAL2 session is unspent: the query can be started again."
    if access.identity is not IdentityState.VERIFIED:
        return "Another round needs a verified identity, then a challenge."
    return "Another round needs a new challenge." if this.is_satisfied else access.why_not
