"""The figures and the trend of the IAS audit are those of the days, whatever their number."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance.audit_figures import (
    MOST_POINTS,
    figures_of,
    start_of,
    trend_of,
    width_of,
)
from services.compliance.evidence.evidence import Severity

DAY = date(2026, 9, 14)
"""A Monday."""


def test_figures_are_read_from_counts() -> None:
    counts = {"ias": 4, "complete": 3, "present": 38, "applicable": 40, "severity 3": 1,
              "rule consent.missing": 1, "rule no_reason": 2, "rule gone": 0}  # fmt: skip
    figures = figures_of(counts)
    assert (figures.queries, figures.complete, figures.completeness) == (4, 3, 0.95)
    assert figures.by_severity == {Severity.SERIOUS: 1} and figures.with_findings == 1
    assert list(figures.by_rule.items()) == [("no_reason", 2), ("consent.missing", 1)]
    assert not figures.is_empty


def test_nothing_has_no_completeness() -> None:
    nothing = figures_of({})
    assert nothing.completeness is None and nothing.is_empty and nothing.with_findings == 0


@pytest.mark.parametrize(
    ("days", "width"),
    [(1, "day"), (53, "day"), (54, "week"), (365, "week"), (400, "month"), (1600, "month"),
     (3653, "quarter"), (12_000, "quarter")],
)  # fmt: skip
def test_the_width_follows_the_period(days: int, width: str) -> None:
    assert width_of(DAY, DAY + timedelta(days=days - 1)) == width


@pytest.mark.parametrize(
    ("day", "width", "start"),
    [
        (DAY, "day", DAY),
        (DAY + timedelta(days=6), "week", DAY),
        (DAY, "month", date(2026, 9, 1)),
        (DAY, "quarter", date(2026, 7, 1)),
        (date(2026, 12, 31), "quarter", date(2026, 10, 1)),
        (date(2024, 2, 29), "month", date(2024, 2, 1)),
    ],
)
def test_a_point_starts_with_its_first_day(day: date, width: str, start: date) -> None:
    assert start_of(day, width) == start


@given(
    st.dates(date(2000, 1, 1), date(2035, 1, 1)),
    st.integers(0, 4500),
    st.lists(st.integers(0, 4500), max_size=20),
)
def test_every_day_is_counted_once_and_points_leave_no_gap(
    since: date, days: int, counted: list[int]
) -> None:
    until = since + timedelta(days=days)
    counts = [(since + timedelta(days=day % (days + 1)), "ias", 1) for day in counted]
    trend = trend_of(counts, since, until)
    assert len(trend.points) <= MOST_POINTS
    assert sum(point.queries for point in trend.points) == len(counts)
    assert trend.points[0].since == since and trend.points[-1].until == until
    for one, other in zip(trend.points, trend.points[1:], strict=False):
        assert other.since == one.until + timedelta(days=1)
