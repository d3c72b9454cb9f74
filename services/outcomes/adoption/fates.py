"""What became of links, of AAL2 sessions, and of what a query was to bring. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from services.identity.access_state import EXPIRED, REFUSED, REPLACED
from services.outcomes.adoption.person_rows import (
    CountRow,
    LinkRow,
    PersonRows,
    QueryRow,
    SatisfiedRow,
)
from services.queries.status import ENDED, NOT_STARTED, REJECTED, SUBMITTING, UNCONFIRMED

_NOT_TAKEN = frozenset({SUBMITTING, REJECTED, NOT_STARTED, UNCONFIRMED})

PHISHING_RESISTANT = frozenset({"webauthn"})
"""Methods that NIST SP 800-63B-4 (3.2.5) counts as resistant to phishing."""


class Method(StrEnum):
    """Whether the method of a challenge resists phishing."""

    RESISTANT = "resistant"
    OTHER = "other"


class Found(StrEnum):
    """What the records that were fetched after a query were counted to."""

    SOME = "some"
    NONE = "none"
    NOT_COUNTED = "not_counted"


class LinkFate(StrEnum):
    """What became of a link until its end."""

    OPENED = "opened"
    UNOPENED = "unopened"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Fate(StrEnum):
    """What became of an AAL2 session.

    The first three are a retrieval: at least one source completed for the query that used it.
    """

    RECORDS = "records"
    NO_RECORDS = "no_records"
    NOT_COUNTED = "not_counted"
    RUNNING = "running"
    FAILED = "failed"
    REJECTED = "rejected"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    REPLACED = "replaced"
    OPEN = "open"


RETRIEVED = (Fate.RECORDS, Fate.NO_RECORDS, Fate.NOT_COUNTED)
UNDECIDED = (Fate.RUNNING, Fate.OPEN)
"""Sessions of which nobody can tell yet whether they were worth it."""

_FATE_OF_FOUND = {
    Found.SOME: Fate.RECORDS,
    Found.NONE: Fate.NO_RECORDS,
    Found.NOT_COUNTED: Fate.NOT_COUNTED,
}
_FATE_OF_END = {REFUSED: Fate.REFUSED, EXPIRED: Fate.EXPIRED, REPLACED: Fate.REPLACED}


@dataclass(frozen=True)
class SessionFate:
    """What became of the session of one challenge, satisfied at `at` (UTC)."""

    at: datetime
    fate: Fate
    method: Method | None


def was_taken(query: QueryRow) -> bool:
    """Whether Metriport took the query, so that it was started."""
    return query.status not in _NOT_TAKEN


def method_of(name: str | None) -> Method | None:
    """Whether a challenge's method resists phishing; None where it is not known."""
    if name is None:
        return None
    return Method.RESISTANT if name.lower() in PHISHING_RESISTANT else Method.OTHER


def found_by(person: PersonRows) -> dict[str, Found]:
    """What each of the person's queries brought, by its id, for those with a completed source.

    A query is told by the first fetch of the records that was asked for after the query ended, and
    before the person's next query that completed a source: a later fetch holds that one's too.
    """
    brought = [query for query in person.queries if query.completed_at is not None]
    following: list[datetime | None] = [query.submitted_at for query in brought[1:]]
    return {
        query.id: _found(person.counts, query, until)
        for query, until in zip_longest(brought, following)
    }


def _found(counts: Sequence[CountRow], query: QueryRow, until: datetime | None) -> Found:
    since = query.finished_at or query.completed_at or query.submitted_at
    for count in counts:
        if count.submitted_at >= since and (until is None or count.submitted_at < until):
            return Found.SOME if count.resources else Found.NONE
    return Found.NOT_COUNTED


def link_fates(links: Sequence[LinkRow]) -> Iterator[tuple[LinkRow, LinkFate]]:
    """What became of each of a person's links, which stand in the order of their making."""
    for number, link in enumerate(links):
        newer = (other.made_at for other in links[number + 1 :] if other.kind == link.kind)
        replaced_at = next(newer, None)
        if link.opened_at is not None:
            yield link, LinkFate.OPENED
        elif link.withdrawn:
            yield link, LinkFate.WITHDRAWN
        elif replaced_at is not None and replaced_at < link.expires_at:
            yield link, LinkFate.REPLACED
        else:
            yield link, LinkFate.UNOPENED


def session_fates(person: PersonRows, found: dict[str, Found]) -> Iterator[SessionFate]:
    """What became of the person's AAL2 sessions, one for each challenge.

    Any browser can return from a challenge with an invented session: of several, the one that a
    query used counts, and without one the last.
    """
    queries = {query.id: query for query in person.queries}
    methods = {link.id: link.method for link in person.links}
    for session in _one_each(person.satisfied):
        fate = _fate(session, queries, found)
        yield SessionFate(session.at, fate, method_of(methods.get(session.challenge_id)))


def _one_each(sessions: Sequence[SatisfiedRow]) -> list[SatisfiedRow]:
    chosen: dict[str, SatisfiedRow] = {}
    for session in sessions:
        before = chosen.get(session.challenge_id)
        # Of two that were used the last one counts: upstream refused the one before.
        if before is None or session.used_by or not before.used_by:
            chosen[session.challenge_id] = session
    return list(chosen.values())


def _fate(session: SatisfiedRow, queries: dict[str, QueryRow], found: dict[str, Found]) -> Fate:
    query = queries.get(session.used_by or "")
    if query is not None and query.id in found:
        return _FATE_OF_FOUND[found[query.id]]
    if session.end_reason in _FATE_OF_END:
        return _FATE_OF_END[session.end_reason]
    if query is None:
        # Used by a query that the log does not hold any more, or not used yet.
        return Fate.UNANSWERED if session.end_reason else Fate.OPEN
    if query.status == REJECTED:
        return Fate.REJECTED
    if query.status in (NOT_STARTED, UNCONFIRMED):
        return Fate.UNANSWERED
    return Fate.FAILED if query.status in ENDED else Fate.RUNNING
