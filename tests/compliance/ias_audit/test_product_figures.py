"""What product sees of the IAS audit: whole periods, rounded, and nothing of a few people."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.compliance.evidence.evidence import Severity
from services.compliance.ias_audit import IasAudit
from services.errors import InvalidInput
from services.staff.permissions import Role
from services.store import Store
from tests.compliance.ias_audit.rows import count, judge
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor
from tests.world import World

PRODUCT = make_actor("Paul", Role.PRODUCT)
MONDAY, SUNDAY = date(2026, 9, 7), date(2026, 9, 13)
START = datetime(2026, 9, 7, 9, tzinfo=UTC)


@pytest.fixture
def audit(world: World) -> IasAudit:
    return IasAudit(world.store, world.audit, world.clock)


def judge_people(
    store: Store, people: int, each: int = 1, rule: str = "", name: str = "p", day: date = MONDAY
) -> None:
    """So many judged queries of a week, with their counts; with a rule each has its finding."""
    number = people * each
    for index in range(number):
        judge(
            store, f"{name} {day} {index}", [(rule, 2)] if rule else (),
            at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(minutes=index),
            patient_id=f"{name}-{index % people}",
        )  # fmt: skip
    found = {"severity_2": number, f"rule_{rule}": number} if rule else {}
    count(
        store,
        day,
        ias=number,
        complete=number,
        present=10 * number,
        applicable=10 * number,
        **found,
    )


def test_numbers_are_rounded_and_small_groups_are_left_out(world: World, audit: IasAudit) -> None:
    judge_people(world.store, 33)
    count(world.store, MONDAY + timedelta(days=1), severity_3=2, rule_consent_missing=2)
    figures = audit.figures(PRODUCT, MONDAY, SUNDAY)
    assert (figures.queries, figures.complete) == (35, 35)
    assert (figures.present, figures.applicable) == (330, 330)
    assert figures.by_severity == {} and figures.by_rule == {}
    assert (figures.open_reviews, figures.oldest_open) == (0, None)


@pytest.mark.parametrize(("people", "shown"), [(5, 0), (6, 60)])
def test_many_queries_of_a_few_people_are_left_out(
    world: World, audit: IasAudit, people: int, shown: int
) -> None:
    judge_people(world.store, people, each=10 if people == 6 else 12, rule="no_reason")
    figures = audit.figures(PRODUCT, MONDAY, SUNDAY)
    assert figures.queries == shown
    assert figures.by_severity == ({Severity.WARNING: shown} if shown else {})
    assert figures.by_rule == ({"no_reason": shown} if shown else {})


def test_a_longer_period_is_the_sum_of_its_weeks(world: World, audit: IasAudit) -> None:
    for weeks in range(3):
        judge_people(world.store, 4 + 4 * weeks, day=MONDAY - timedelta(weeks=weeks))
    since = MONDAY - timedelta(weeks=2)
    trend = audit.trend(PRODUCT, since, SUNDAY)
    assert (trend.width, [point.queries for point in trend.points]) == ("week", [10, 10, 0])
    assert audit.figures(PRODUCT, since, SUNDAY).queries == 20


def test_months_are_told_apart_from_weeks(world: World, audit: IasAudit) -> None:
    judge_people(world.store, 12, day=date(2026, 8, 31))
    trend = audit.trend(PRODUCT, date(2026, 6, 1), date(2026, 8, 31))
    assert (trend.width, [point.queries for point in trend.points]) == ("month", [0, 0, 10])


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (MONDAY, MONDAY),
        (MONDAY, SUNDAY + timedelta(days=1)),
        (MONDAY + timedelta(days=7), SUNDAY + timedelta(days=7)),
        (date(2026, 9, 1), date(2026, 9, 30)),
        (SUNDAY, MONDAY),
        (date(1900, 1, 1), SUNDAY),
        (date(2026, 8, 1), date(2026, 8, 30)),
    ],
)
def test_other_days_are_refused(audit: IasAudit, since: date, until: date) -> None:
    for read in (audit.figures, audit.trend):
        with pytest.raises(InvalidInput):
            read(PRODUCT, since, until)


def test_every_read_enters_by_an_index(world: World, audit: IasAudit) -> None:
    judge_people(world.store, 8, rule="no_reason")
    audit.figures(PRODUCT, MONDAY, SUNDAY)
    plan = plans_of(world.store, lambda: audit.figures(PRODUCT, MONDAY, SUNDAY))
    assert_no_scan(plan)
