"""The times of the past: its incidents, and who was queried when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from services.sandbox.people import Person

_DAYS = 90
# Queries at regular times, and in the rush of one afternoon.
_REGULAR = 3200
_RUSH = 60
# No query starts later than this before the end, so that every one has finished by then.
_LONGEST = timedelta(minutes=40)
# The least time between two queries of the same person.
_APART = timedelta(minutes=20)
_TROUBLED_EVERY = timedelta(days=4)
# The weight of each weekday, Monday first.
_WEEKDAYS = (1.15, 1.1, 1.05, 1.05, 0.9, 0.2, 0.13)
_EXTERNAL_SHARE = 0.08
_EXTERNAL_SHARE_OF_RUSH = 0.6


@dataclass(frozen=True)
class Span:
    """A period in aware UTC; `end` is not part of it."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


class Calendar:
    """The ninety days before `until` (aware UTC), and the times of the incidents in them."""

    def __init__(self, until: datetime) -> None:
        self.all = Span(until - timedelta(days=_DAYS), until)
        lab = self._workday(45, 0)
        self.lab_week = Span(lab, lab + timedelta(days=7))
        self.pharmacy_outage = Span(self._workday(26, 15), self._workday(26, 21))
        self.rush = Span(self._workday(12, 18), self._workday(12, 21.5))
        self.opted_out = self._workday(38, 16)
        self.identity_inactive = self._workday(16, 16)

    def share(self, at: datetime) -> float:
        """The share of the ninety days that has passed at `at`, from 0 to 1."""
        return (at - self.all.start) / (self.all.end - self.all.start)

    def _workday(self, days_ago: int, hour: float) -> datetime:
        return _at(_working(self.all.end.date() - timedelta(days=days_ago)), hour)


class Occasion(NamedTuple):
    """A query submitted at `at` (aware UTC); another system submitted it if it is `external`."""

    at: datetime
    person: Person
    external: bool


def occasions(people: list[Person], calendar: Calendar, rng: Random) -> Iterator[Occasion]:
    """Yield the queries, oldest first.

    Nobody is queried before they were created, nor twice within twenty minutes.
    """
    free = {
        person.patient["id"]: datetime.fromisoformat(person.patient["dateCreated"])
        for person in people
    }
    usable = Span(calendar.all.start, calendar.all.end - _LONGEST)
    for at, person in _asked_for(people, calendar, rng):
        if at in usable and free[person.patient["id"]] <= at:
            free[person.patient["id"]] = at + _APART
            share = _EXTERNAL_SHARE_OF_RUSH if at in calendar.rush else _EXTERNAL_SHARE
            yield Occasion(at, person, rng.random() < share)


def _asked_for(
    people: list[Person], calendar: Calendar, rng: Random
) -> Iterator[tuple[datetime, Person]]:
    """Yield times and people: those with a trouble every few days, the others at random.

    People in a demo scenario are left out: their page must show that scenario only.
    """
    fine = [person for person in people if person.trouble is None and person.scenario is None]
    weights = [rng.lognormvariate(0, 0.7) for _ in fine]
    moments: list[tuple[datetime, Person | None]] = [
        (at, None) for source in (_regular, _rush) for at in source(calendar, rng)
    ]
    for troubled in people:
        if troubled.trouble:
            moments += [(at, troubled) for at in _every_few_days(calendar, rng)]
    picks = iter(rng.choices(fine, weights, k=len(moments)) if fine else [])
    for at, named in sorted(moments, key=lambda moment: moment[0]):
        if person := named or next(picks, None):
            yield at, person


def _regular(calendar: Calendar, rng: Random) -> Iterator[datetime]:
    """Yield times in the rhythm of a working week; their number grows by half in ninety days."""
    first = calendar.all.start.date()
    days = [first + timedelta(days=number) for number in range(_DAYS + 1)]
    weights = [
        _WEEKDAYS[day.weekday()] * (1 + 0.5 * number / _DAYS) for number, day in enumerate(days)
    ]
    total = sum(weights)
    for day, weight in zip(days, weights, strict=True):
        expected = _REGULAR * weight / total * rng.uniform(0.88, 1.12)
        yield from (_moment(day, rng) for _ in range(round(expected)))


def _rush(calendar: Calendar, rng: Random) -> Iterator[datetime]:
    """Yield the times of the afternoon on which another system ran into the rate limits."""
    length = calendar.rush.end - calendar.rush.start
    for _ in range(_RUSH):
        yield calendar.rush.start + timedelta(seconds=rng.randrange(length // timedelta(seconds=1)))


def _every_few_days(calendar: Calendar, rng: Random) -> Iterator[datetime]:
    day = calendar.all.start.date()
    while day <= calendar.all.end.date():
        yield _moment(_working(day), rng)
        day += _TROUBLED_EVERY


def _moment(day: date, rng: Random) -> datetime:
    """A time on that day within the business hours of the United States, to the millisecond."""
    # Hours in UTC; beyond 24 it is evening in the west, and the next day in UTC.
    hours = min(max(rng.gauss(18.2, 2.8), 11.5), 26.5)
    return _at(day, hours)


def _working(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _at(day: date, hour: float) -> datetime:
    midnight = datetime.combine(day, time(), UTC)
    return midnight + timedelta(milliseconds=round(hour * 3_600_000))
