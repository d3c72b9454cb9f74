"""The figures and the trend of the IAS audit, from the counts of each day. Days are UTC."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from services.compliance.evidence.evidence import Severity
from services.store.tables import AssessmentDay

IAS, COMPLETE, PRESENT, APPLICABLE = "ias", "complete", "present", "applicable"
"""What is counted of each day, besides severities and rules: `AssessmentDay.what`."""

MOST_POINTS = 53
"""Points that a chart of the trend can show: a year of weeks."""

WIDTHS = ("day", "week", "month", "quarter")
"""What a point of the trend can stand for."""

_SEVERITY, _RULE = "severity ", "rule "
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Figures:
    """How many IAS queries there were, how complete their evidence is, and what rules found.

    `complete` are the queries without a missing link. `present` and `applicable` count links.
    `by_severity` counts queries and looks by their worst finding, `by_rule` findings by their code.
    `open_reviews` waits for a reviewer now, whatever the period, the oldest since `oldest_open`.
    """

    queries: int
    complete: int
    present: int
    applicable: int
    by_severity: Mapping[Severity, int]
    by_rule: Mapping[str, int]
    open_reviews: int = 0
    oldest_open: datetime | None = None

    @property
    def completeness(self) -> float | None:
        """Present over applicable links, 0 to 1; None where no link applies."""
        return self.present / self.applicable if self.applicable else None

    @property
    def with_findings(self) -> int:
        """Queries and looks that a rule found something about."""
        return sum(self.by_severity.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was judged in the period."""
        return not self.queries and not self.by_severity and not self.by_rule


@dataclass(frozen=True)
class Point:
    """One point of the trend: the days from `since` to `until`, both included, and their counts."""

    since: date
    until: date
    queries: int
    complete: int
    present: int
    applicable: int
    by_severity: Mapping[Severity, int]


@dataclass(frozen=True)
class Trend:
    """The course of a period, without a gap. `width` is one of `WIDTHS`."""

    width: str
    points: Sequence[Point]


def read_figures(session: Session, since: date, until: date) -> Figures:
    """The figures of the days from `since` to `until`, without the reviews."""
    return figures_of(read_counts(session, since, until))


def read_counts(session: Session, since: date, until: date) -> dict[str, int]:
    """What is counted of the days from `since` to `until`, by `AssessmentDay.what`."""
    what, number = col(AssessmentDay.what), func.sum(col(AssessmentDay.number))
    wanted = select_columns(what, number).where(*_within(since, until)).group_by(what)
    return {name: int(count) for name, count in session.connection().execute(wanted)}


def rule_of(what: str) -> str | None:
    """The rule whose findings `AssessmentDay.what` counts; None where it counts something else."""
    return what.removeprefix(_RULE) if what.startswith(_RULE) else None


def severity_of(severity: int) -> str:
    """How `AssessmentDay.what` names what has this severity."""
    return f"{_SEVERITY}{severity}"


def figures_of(counts: Mapping[str, int]) -> Figures:
    """The figures of what was counted, by `AssessmentDay.what`. Pure."""
    rules = {
        what.removeprefix(_RULE): number
        for what, number in counts.items()
        if what.startswith(_RULE) and number
    }
    return Figures(
        queries=counts.get(IAS, 0),
        complete=counts.get(COMPLETE, 0),
        present=counts.get(PRESENT, 0),
        applicable=counts.get(APPLICABLE, 0),
        by_severity=_severities(counts),
        by_rule=dict(sorted(rules.items(), key=lambda item: (-item[1], item[0]))),
    )


def read_trend(session: Session, since: date, until: date) -> Trend:
    """The trend of the days from `since` to `until`."""
    names = [IAS, COMPLETE, PRESENT, APPLICABLE, *(f"{_SEVERITY}{one.value}" for one in Severity)]
    # Columns and no objects: ten years have tens of thousands of counts.
    columns = (col(AssessmentDay.day), col(AssessmentDay.what), col(AssessmentDay.number))
    wanted = select_columns(*columns).where(*_within(since, until), columns[1].in_(names))
    counts = [(row.day, row.what, row.number) for row in session.connection().execute(wanted)]
    return trend_of(counts, since, until)


def trend_of(counts: Sequence[tuple[date, str, int]], since: date, until: date) -> Trend:
    """The trend of counts, each of a day and `AssessmentDay.what`. Pure."""
    width = width_of(since, until)
    by_start: dict[date, Counter[str]] = {}
    for day, what, number in counts:
        by_start.setdefault(start_of(day, width), Counter())[what] += number
    points = [
        point_of(by_start.get(start, Counter()), max(start, since), min(last, until))
        for start, last in _spans(since, until, width)
    ]
    return Trend(width, points)


def width_of(since: date, until: date) -> str:
    """The narrowest width with which the days fit into a chart; quarters where none does."""
    fitting = (width for width in WIDTHS if _points(since, until, width) <= MOST_POINTS)
    return next(fitting, WIDTHS[-1])


def start_of(day: date, width: str) -> date:
    """The first day of the week (Monday), month or quarter of `day`."""
    if width in _MONTHS:
        months = _MONTHS[width]
        return day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return day - timedelta(days=day.weekday()) if width == "week" else day


def first_day(session: Session) -> date | None:
    """The first day of which anything was judged, or None."""
    return session.exec(select(func.min(col(AssessmentDay.day)))).one()


def _spans(since: date, until: date, width: str) -> Iterator[tuple[date, date]]:
    """The first and last day of each point, the first and last point not cut to the period."""
    start = start_of(since, width)
    while start <= until:
        after = _after(start, width)
        yield start, after - timedelta(days=1)
        start = after


def _points(since: date, until: date, width: str) -> int:
    first, last = start_of(since, width), start_of(until, width)
    if width in _MONTHS:
        months = 12 * (last.year - first.year) + last.month - first.month
        return months // _MONTHS[width] + 1
    return (last - first).days // (7 if width == "week" else 1) + 1


def _after(start: date, width: str) -> date:
    if width in _MONTHS:
        # Somewhere in the month after the last one; its first day is what begins the next.
        return start_of(start + timedelta(days=31 * _MONTHS[width]), width)
    return start + timedelta(days=7 if width == "week" else 1)


def point_of(counts: Mapping[str, int], since: date, until: date) -> Point:
    """The point of the days from `since` to `until` with these counts. Pure."""
    return Point(
        since=since,
        until=until,
        queries=counts.get(IAS, 0),
        complete=counts.get(COMPLETE, 0),
        present=counts.get(PRESENT, 0),
        applicable=counts.get(APPLICABLE, 0),
        by_severity=_severities(counts),
    )


def _severities(counts: Mapping[str, int]) -> dict[Severity, int]:
    found = {one: counts.get(f"{_SEVERITY}{one.value}", 0) for one in Severity}
    return {one: number for one, number in found.items() if number}


def _within(since: date, until: date) -> list[Any]:
    day = col(AssessmentDay.day)
    return [day >= since, day <= until]
