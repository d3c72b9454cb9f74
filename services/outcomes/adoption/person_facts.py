"""What one person is counted by: how far they got, when they came back, what they received. Pure.

All times are UTC; weeks begin on Monday. A query counts from its submission, a query of individual
access only where Metriport took it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.identity.access_facts import AAL2, IDENTITY
from services.outcomes.adoption.fates import (
    Found,
    LinkFate,
    Method,
    SessionFate,
    found_by,
    link_fates,
    method_of,
    session_fates,
    was_taken,
)
from services.outcomes.adoption.person_rows import LinkRow, PersonRows, QueryRow
from services.outcomes.adoption.steps import Step
from services.queries.requests import IAS
from services.queries.status import COMPLETED
from services.queries.updates import DASHBOARD

MOST_QUERIES = 10
"""So many queries of a month, or more, are counted as one group."""


Value = str | int | None


@dataclass(frozen=True)
class PersonCell:
    """That one thing of a cube is counted at `at` (UTC), by the values of `key`.

    `seconds` is how long it took, in a cube of durations. Only records have a time of day.
    """

    cube: str
    at: datetime
    key: tuple[Value, ...]
    seconds: float | None = None


@dataclass(frozen=True)
class Active:
    """Somebody had queries of individual access in a week or month that begins on `start`.

    `origin` is external where another program started all of them.
    """

    start: date
    queries: int
    origin: str
    is_new: bool


@dataclass(frozen=True)
class PersonFacts:
    """What a person is counted by.

    `method` is that of the first challenge that they satisfied. `months_later` are the months with
    a query of individual access, counted from that of the first one, which is 0; `origin` is that
    of the queries of that month. `received_at` is not only a step: it is also known of people for
    whom no link was made. `facility_id` is that of the newest query that names one. `purged` is
    what links, sessions and queries gave that the log does not hold any more.
    """

    moments: dict[Step, datetime]
    method: Method | None
    facility_id: str | None
    weeks: list[Active]
    months: list[Active]
    months_later: list[int]
    links: list[tuple[LinkRow, LinkFate]]
    sessions: list[SessionFate]
    brought: list[tuple[QueryRow, Found]]
    test: bool
    purged: list[PersonCell] = field(default_factory=list)


def person_facts(person: PersonRows) -> PersonFacts:
    """What a person is counted by, from all of their rows."""
    started = [query for query in person.queries if query.purpose == IAS and was_taken(query)]
    found = found_by(person)
    months = _active(started, month_start)
    return PersonFacts(
        moments=_moments(person, started),
        method=_method(person),
        facility_id=_facility(person.queries),
        weeks=_active(started, week_start),
        months=months,
        months_later=[months_between(months[0].start, month.start) for month in months],
        links=list(link_fates(person.links)),
        sessions=list(session_fates(person, found)),
        brought=[
            (query, found.get(query.id, Found.NOT_COUNTED))
            for query in person.queries
            if query.status == COMPLETED
        ],
        test=person.test,
    )


def week_start(moment: datetime) -> date:
    """The Monday of the week in UTC."""
    day = moment.date()
    return day - timedelta(days=day.weekday())


def month_start(moment: datetime) -> date:
    """The first day of the month in UTC."""
    return moment.date().replace(day=1)


def months_between(first: date, later: date) -> int:
    """The number of months from one day's month to another's."""
    return (later.year - first.year) * 12 + later.month - first.month


def _moments(person: PersonRows, started: list[QueryRow]) -> dict[Step, datetime]:
    """The first moment of each step that was reached, in whatever order."""
    links = [link for link in person.links if not (link.withdrawn and link.opened_at is None)]
    verifications = [link for link in links if link.kind == IDENTITY]
    completed = [query for query in started if query.completed_at is not None]
    firsts = {
        Step.MADE: _first(link.made_at for link in verifications),
        Step.OPENED: _first(link.opened_at for link in verifications),
        Step.CONSENT: _first(person.consents_at),
        Step.VERIFIED: _first(person.verified_at),
        Step.CHALLENGED: _first(link.made_at for link in links if link.kind == AAL2),
        Step.SATISFIED: _first(session.at for session in person.satisfied),
        Step.STARTED: _first(query.submitted_at for query in started),
        Step.COMPLETED: _first(query.completed_at for query in completed),
        Step.RECEIVED: _received(person, completed),
    }
    return {step: at for step, at in firsts.items() if at is not None}


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


def _received(person: PersonRows, completed: list[QueryRow]) -> datetime | None:
    """When records were first counted to something, asked for after individual access began."""
    # Compared by our own clock: when a source completed is upstream's word.
    since = _first(query.submitted_at for query in completed)
    if since is None:
        return None
    return _first(
        count.counted_at
        for count in person.counts
        if count.resources and count.submitted_at >= since
    )


def _method(person: PersonRows) -> Method | None:
    methods = {link.id: link.method for link in person.links}
    if not person.satisfied:
        return None
    return method_of(methods.get(person.satisfied[0].challenge_id))


def _facility(queries: list[QueryRow]) -> str | None:
    return next((query.facility_id for query in reversed(queries) if query.facility_id), None)


def _active(started: list[QueryRow], start_of: Callable[[datetime], date]) -> list[Active]:
    """The weeks or months with queries, ascending; `started` stand in the order of their times."""
    queries = Counter(start_of(query.submitted_at) for query in started)
    ours = {start_of(query.submitted_at) for query in started if query.origin == DASHBOARD}
    others = {start_of(query.submitted_at): query.origin for query in started}
    return [
        Active(start, number, DASHBOARD if start in ours else others[start], is_new=position == 0)
        for position, (start, number) in enumerate(sorted(queries.items()))
    ]
