"""How many queries each hour has, and which people and members of the staff there are. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tests.benchmarks.made_log.columns import HOUR, Numbers, Random, ids_of

QUERIES_PER_PERSON = 8
_BATCH = 20_000
_HOURS_OF_DAY = [2, 1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 10, 11, 12, 12, 11, 9, 6, 4, 3, 3, 2, 2]
_WEEKDAYS = [10, 11, 11, 10, 9, 3, 2]


@dataclass(frozen=True)
class Plan:
    """A log of `queries` queries over `days` days up to `until` (aware, UTC).

    `traffic` and `looks` are how many of the usual messages and calls, and of the usual events of
    the access log, are made: 0 to 1.
    """

    queries: int
    until: datetime
    days: int = 730
    seed: int = 12
    traffic: float = 1.0
    looks: float = 1.0

    @property
    def since_micros(self) -> int:
        """The first moment."""
        return micros_of(self.until - timedelta(days=self.days))

    @property
    def until_micros(self) -> int:
        """The end."""
        return micros_of(self.until)


@dataclass(frozen=True)
class Batch:
    """Some thousands of queries in a row: the number of the first, their times, and chance."""

    first: int
    submitted: Numbers
    random: Random


@dataclass(frozen=True)
class Somebody:
    """A member of the staff."""

    id: str
    name: str


STAFF = [
    Somebody(f"https://idp.example.com#u{number:02}", f"Member {number:02}") for number in range(16)
]
"""The last one hardly ever starts a query."""
STAFF_SHARES = [1 / (number + 1) for number in range(15)] + [0.000_05]

FACILITIES = ids_of(np.arange(20), salt=100)
"""The last one hardly ever asks."""
FACILITY_SHARES = [1 / (number + 1) for number in range(19)] + [0.000_05]


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def batches(plan: Plan) -> Iterator[Batch]:
    """All queries in the order of time: more on weekdays, at noon, and as the months go by."""
    counts = _per_hour(plan)
    ends = np.searchsorted(np.cumsum(counts), np.arange(_BATCH, plan.queries + _BATCH, _BATCH))
    first, hour = 0, 0
    for number, end in enumerate(sorted({*(ends + 1).clip(max=len(counts)).tolist()})):
        random = np.random.default_rng([plan.seed, number])
        some = counts[hour:end]
        hours = np.repeat(np.arange(hour, end), some)
        within = random.integers(0, HOUR, len(hours))
        yield Batch(first, np.sort(plan.since_micros + hours * HOUR + within), random)
        first, hour = first + len(hours), end


def people(batch: Batch) -> Numbers:
    """Whose query each is, by number: every eighth a new person's, the others mostly of late."""
    numbers = np.arange(batch.first, batch.first + len(batch.submitted))
    newest = numbers // QUERIES_PER_PERSON
    back = (newest + 1) * batch.random.random(len(numbers)) ** 4
    return np.where(numbers % QUERIES_PER_PERSON == 0, newest, newest - back.astype(np.int64))


def _per_hour(plan: Plan) -> Numbers:
    hours = np.arange(plan.days * 24)
    first = datetime.fromtimestamp(plan.since_micros / 1e6, tz=plan.until.tzinfo)
    of_day = np.array(_HOURS_OF_DAY)[(hours + first.hour) % 24]
    of_week = np.array(_WEEKDAYS)[((hours + first.hour) // 24 + first.weekday()) % 7]
    weights = of_day * of_week * (1 + hours / len(hours))
    random = np.random.default_rng([plan.seed, 10**6])
    return random.multinomial(plan.queries, weights / weights.sum())
