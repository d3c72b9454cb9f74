"""The figures of the IAS audit as product may see them: by the rule of small cells.

They are sums of whole calendar weeks or months in UTC. In each of them a number is shown where
enough different people are behind it, and rounded (`services.outcomes.small_cells`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from sqlmodel import Session, col, select

from services.compliance.audit_figures import (
    APPLICABLE,
    COMPLETE,
    IAS,
    PRESENT,
    Trend,
    point_of,
    read_counts,
    rule_of,
    severity_of,
)
from services.errors import InvalidInput
from services.outcomes.small_cells import WIDTHS, SmallCells, require_whole, start_of
from services.queries.requests import IAS as IAS_PURPOSE
from services.store.tables import Assessment, Finding

_MOST_JUDGED, _MOST_FOUND = 500, 100
_LONGEST = timedelta(days=10 * 366)


class ProductFigures:
    """The numbers of each week or month of a period."""

    def __init__(self, width: str, counts: Sequence[tuple[date, date, Counter[str]]]) -> None:
        self.width = width
        self.counts = counts

    @property
    def total(self) -> Counter[str]:
        """The numbers of the whole period: the sums of what is shown of its parts."""
        return sum((counts for _, _, counts in self.counts), Counter())

    @property
    def trend(self) -> Trend:
        """The course of the period, by its weeks or months."""
        return Trend(self.width, [point_of(found, *days) for *days, found in self.counts])


def read_product_figures(
    session: Session, since: date, until: date, now: datetime, cells: SmallCells
) -> ProductFigures:
    """The figures of the days from `since` to `until`, both included.

    Raises `InvalidInput` where they are not whole weeks, or whole months, that are over.
    """
    bounds = _bounds(since, until + timedelta(days=1))
    require_whole(bounds[:-1], bounds[-1], now)
    is_week = bounds[1] - bounds[0] == timedelta(weeks=1)
    parts = [_read_part(session, start, end, cells) for start, end in pairwise(bounds)]
    return ProductFigures("week" if is_week else "month", parts)


def _bounds(since: date, end: date) -> list[datetime]:
    """The moments at which the weeks or months begin, and the last one ends."""
    if not timedelta() < end - since <= _LONGEST:
        raise InvalidInput("Choose whole calendar weeks or months of ten years at most.")
    for width in WIDTHS:
        if start_of(width, since) == since and start_of(width, end) == end:
            days = [since]
            while days[-1] < end:
                # A day of the next week or month, of which the first one is taken.
                days.append(
                    start_of(width, days[-1] + timedelta(days=7 if width == "week" else 31))
                )
            return [datetime.combine(day, time(), UTC) for day in days]
    return [datetime.combine(day, time(), UTC) for day in (since, end)]


def _read_part(
    session: Session, start: datetime, end: datetime, cells: SmallCells
) -> tuple[date, date, Counter[str]]:
    since, until = start.date(), end.date() - timedelta(days=1)
    counts = read_counts(session, since, until)
    people = _people(session, start, end, counts, cells)
    shown = Counter(
        {what: cells.rounded(n) for what, n in counts.items() if cells.shows(people(what))}
    )
    # Links are of the queries: they are shown with them, and complete ones are no more than all.
    for links in (PRESENT, APPLICABLE):
        shown[links] = cells.rounded(counts.get(links, 0)) if shown[IAS] else 0
    shown[COMPLETE] = min(shown[COMPLETE], shown[IAS])
    return since, until, +shown


class _People:
    """The people behind each number of a part, as far as needed."""

    def __init__(self, session: Session, start: datetime, end: datetime, enough: int) -> None:
        self._session, self._start, self._end, self._enough = session, start, end, enough
        self._found: defaultdict[str, set[str]] = defaultdict(set)

    def __call__(self, what: str) -> int:
        """How many different people are behind `what`, of those that were looked at."""
        rule = rule_of(what)
        if rule and len(self._found[what]) < self._enough:
            self._found[what].update(self._found_by(rule))
        return len(self._found[what])

    def read_newest(self) -> None:
        """Look at the newest of what was judged."""
        at = col(Assessment.at)
        wanted = select(Assessment).where(at >= self._start, at < self._end)
        newest = wanted.order_by(at.desc(), col(Assessment.subject).desc()).limit(_MOST_JUDGED)
        for judged in self._session.exec(newest):
            for what in _numbers_of(judged):
                self._found[what].add(judged.patient_id)

    def _found_by(self, rule: str) -> Sequence[str]:
        at = col(Finding.at)
        of_rule = select(Assessment.patient_id).join(
            Finding, col(Finding.subject) == col(Assessment.subject)
        )
        wanted = of_rule.where(
            Finding.rule == rule, at >= self._start, at < self._end, col(Finding.gone_at).is_(None)
        )
        newest = wanted.order_by(at.desc(), col(Finding.subject).desc())
        return self._session.exec(newest.limit(_MOST_FOUND)).all()


def _people(
    session: Session, start: datetime, end: datetime, counts: Mapping[str, int], cells: SmallCells
) -> _People:
    people = _People(session, start, end, cells.cell + 1)
    # Where every number is small there is nothing to look at.
    if any(cells.shows(number) for number in counts.values()):
        people.read_newest()
    return people


def _numbers_of(judged: Assessment) -> Iterator[str]:
    """The numbers in which something that was judged is counted."""
    if judged.purpose == IAS_PURPOSE and judged.kind == "query":
        yield IAS
        if judged.present == judged.applicable:
            yield COMPLETE
    if judged.severity:
        yield severity_of(judged.severity)
