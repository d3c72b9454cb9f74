"""Goals: who sets them, what they may be, and whether they are met, on each database."""

from datetime import UTC, datetime, timedelta

import pytest

from services.bootstrap.outcomes import make_counting, make_planning
from services.errors import InvalidInput, NotPermitted
from services.ids import new_id
from services.outcomes.goals.goals import Goals, Standing
from services.outcomes.goals.measures import ABOUT, Measure, Unit, Value
from services.staff.audit import Audit
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import Goal, NetworkQuery, QuerySource
from tests.clock import FakeClock
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import AlwaysSignedIn, make_actor
from tests.world import SUPPORT

PRODUCT = make_actor("Pru Product", Role.PRODUCT)
LAST_WEEK = datetime(2026, 9, 7, tzinfo=UTC)


@pytest.fixture
def goals(store: Store, clock: FakeClock) -> Goals:
    return make_goals(store, clock)


def make_goals(store: Store, clock: FakeClock) -> Goals:
    audit = Audit(store, clock, AlwaysSignedIn())
    rollups = make_counting(store).rollups
    return make_planning(store, audit, clock, rollups, 5, consent=True).goals


def test_a_changed_target_is_a_new_goal_and_the_old_one_ends(
    goals: Goals, clock: FakeClock
) -> None:
    first = goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.6)
    clock.forward(hours=1)
    second = goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.7)
    assert [goal.id for goal in goals.in_force(SUPPORT)] == [second.id]
    (earlier,) = goals.earlier(SUPPORT)
    assert (earlier.id, earlier.target, earlier.ended_at) == (first.id, 0.6, clock())
    assert earlier.ended_by == PRODUCT.name


def test_a_goal_can_be_ended_once(goals: Goals) -> None:
    goals.set(PRODUCT, Measure.RECEIVED_PER_MONTH, True, 100)
    assert goals.end(PRODUCT, Measure.RECEIVED_PER_MONTH)
    assert not goals.end(PRODUCT, Measure.RECEIVED_PER_MONTH)
    assert goals.in_force(PRODUCT) == []


def test_support_sets_no_goals(goals: Goals) -> None:
    with pytest.raises(NotPermitted):
        goals.set(SUPPORT, Measure.COMPLETED_IAS, True, 0.6)
    with pytest.raises(NotPermitted):
        goals.end(SUPPORT, Measure.COMPLETED_IAS)
    assert goals.in_force(SUPPORT) == []


@pytest.mark.parametrize(
    ("measure", "target"),
    [
        (Measure.COMPLETED_IAS, 0),
        (Measure.COMPLETED_IAS, -0.1),
        (Measure.COMPLETED_IAS, 1.01),
        (Measure.COMPLETED_IAS, float("nan")),
        (Measure.COMPLETED_IAS, float("inf")),
        (Measure.P90_HOURS_IAS, 721),
        (Measure.P90_HOURS_IAS, 0),
        (Measure.RECEIVED_PER_MONTH, 10.5),
        (Measure.RECEIVED_PER_MONTH, 1e12),
    ],
)
def test_a_target_that_makes_no_goal_is_refused(
    goals: Goals, measure: Measure, target: float
) -> None:
    with pytest.raises(InvalidInput) as caught:
        goals.set(PRODUCT, measure, True, target)
    assert "target" in caught.value.fields
    assert goals.in_force(PRODUCT) == []


def standing(at_least: bool, target: float, value: float | None) -> Standing:
    goal = Goal(measure=Measure.COMPLETED_IAS, at_least=at_least, target=target)
    week = Value(LAST_WEEK, LAST_WEEK + timedelta(weeks=1), value)
    return Standing(goal, Measure.COMPLETED_IAS, week)


@pytest.mark.parametrize(
    ("at_least", "value", "breached"),
    [(True, 0.59, True), (True, 0.6, False), (True, 0.61, False), (True, None, False),
     (False, 0.59, False), (False, 0.6, False), (False, 0.61, True), (False, None, False)],
)  # fmt: skip
def test_a_goal_is_breached_on_the_wrong_side_of_its_target(
    at_least: bool, value: float | None, breached: bool
) -> None:
    assert standing(at_least, 0.6, value).is_breached is breached


def add_queries(
    store: Store, people: int, status: str, hours: float = 1, start: datetime = LAST_WEEK
) -> None:
    with store.write() as session:
        for number in range(people):
            at = start + timedelta(minutes=number)
            query_id = new_id(at)
            session.add(
                NetworkQuery(
                    id=query_id, patient_id=f"{status}-{number}", purpose="ias",
                    origin="dashboard", status=status, submitted_at=at,
                )
            )  # fmt: skip
            session.flush()
            done = at + timedelta(hours=hours)
            session.add(
                QuerySource(
                    query_id=query_id, type="lab", status=status, started_at=at, completed_at=done
                )
            )


def test_a_measure_is_of_the_last_whole_week_by_rounded_numbers(store: Store, goals: Goals) -> None:
    add_queries(store, 60, "completed", hours=3)
    add_queries(store, 22, "failed")
    # Of this week, which still runs, and of the one before the last.
    add_queries(store, 30, "failed", start=LAST_WEEK + timedelta(weeks=1))
    add_queries(store, 30, "partial", start=LAST_WEEK - timedelta(weeks=1))
    goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.8)
    goals.set(PRODUCT, Measure.P90_HOURS_IAS, False, 2)
    done, hours = goals.standings(SUPPORT)
    assert (done.value.since, done.value.value) == (LAST_WEEK, 60 / 80)
    assert done.is_breached
    assert hours.value.value == pytest.approx(3, rel=0.02)
    assert hours.is_breached


def test_a_measure_of_a_few_people_has_no_value(store: Store, goals: Goals) -> None:
    add_queries(store, 5, "completed")
    add_queries(store, 40, "failed")
    goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.8)
    goals.set(PRODUCT, Measure.P90_HOURS_IAS, False, 2)
    goals.set(PRODUCT, Measure.COMPLETED_TREATMENT, True, 0.8)
    assert [one.value.value for one in goals.standings(PRODUCT)] == [None, None, None]


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_is_computed_of_an_empty_log(
    sqlite_store: Store, clock: FakeClock, measure: Measure
) -> None:
    goals = make_goals(sqlite_store, clock)
    target = {Unit.SHARE: 0.5, Unit.HOURS: 12, Unit.PEOPLE: 100}[ABOUT[measure].unit]
    goals.set(PRODUCT, measure, ABOUT[measure].usually_least, target)
    (found,) = goals.standings(PRODUCT)
    assert (found.measure, found.value.value, found.is_breached) == (measure, None, False)


def test_a_goal_of_a_measure_that_is_gone_is_passed_over(store: Store, goals: Goals) -> None:
    goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.8)
    with store.write() as session:
        session.add(
            Goal(
                id=new_id(LAST_WEEK), measure="of_a_later_version", at_least=True, target=1,
                created_at=LAST_WEEK, created_by_id="x", created_by="X",
            )
        )  # fmt: skip
    assert [one.measure for one in goals.standings(PRODUCT)] == [Measure.COMPLETED_IAS]


def test_goals_are_read_by_an_index(store: Store, goals: Goals) -> None:
    goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.8)
    assert_no_scan(plans_of(store, lambda: goals.set(PRODUCT, Measure.COMPLETED_IAS, True, 0.9)))
