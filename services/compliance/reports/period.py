"""The period of a report: whole days of UTC, cut into calendar months."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.errors import InvalidInput

MOST_YEARS = 20


class _BadPeriod(InvalidInput):
    """The days make no period of a report."""

    next_step = "Choose other days."


@dataclass(frozen=True)
class Period:
    """The days from `since` to `until`, both included. Pure."""

    since: date
    until: date

    @property
    def start(self) -> datetime:
        """The first moment (UTC)."""
        return _midnight(self.since)

    @property
    def end(self) -> datetime:
        """The first moment after it (UTC)."""
        return _midnight(self.until + timedelta(days=1))

    @property
    def name(self) -> str:
        """As in "2026-07-01 to 2026-09-30"."""
        return f"{self.since} to {self.until}"

    def months(self) -> Iterator["Period"]:
        """Its calendar months; the first and the last one are cut to the period."""
        since = self.since
        while since <= self.until:
            following = (since.replace(day=1) + timedelta(days=32)).replace(day=1)
            yield Period(since, min(self.until, following - timedelta(days=1)))
            since = following


def checked_period(since: date, until: date, today: date) -> Period:
    """The period; raises `InvalidInput` for days that make none."""
    if since > until:
        raise _BadPeriod("The period ends before it begins.", {"until": "Choose a later day."})
    if until > today:
        raise _BadPeriod("The period ends after today (UTC).", {"until": "Choose today at most."})
    if until.year - since.year > MOST_YEARS:
        text = f"A report is of at most {MOST_YEARS} years."
        raise _BadPeriod(text, {"since": text})
    return Period(since, until)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
