"""What is read for a period: by the time of submission, on each database."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ids import new_id
from services.outcomes.tables import headline, status_over_time, time_to_finish
from services.store import Store
from services.store.tables import NetworkQuery, QuerySource
from tests.clock import FakeClock
from tests.world import PATIENT, REQUEST, SUPPORT, World, answers

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    return World(store, clock, answers("completed", hie="completed", lab="completed"))


def test_a_query_counts_on_the_day_of_its_submission_not_of_its_id(world: World) -> None:
    """A bulk run is written down on Monday and worked off on Tuesday."""
    world.bulk.begin(SUPPORT, world.bulk.new_id(), [PATIENT], REQUEST)
    world.clock.forward(hours=12)
    assert world.bulk_starts.step() == 1
    assert_day(world, MONDAY, 0)
    assert_day(world, MONDAY + DAY, 1)


def test_a_dialog_that_stays_open_over_midnight_makes_no_query_of_yesterday(world: World) -> None:
    query_id = world.query_starts.new_id()
    world.clock.forward(hours=12)
    world.query_starts.start(SUPPORT, query_id, REQUEST)
    assert_day(world, MONDAY, 0)
    assert_day(world, MONDAY + DAY, 1)


def assert_day(world: World, since: datetime, number: int) -> None:
    """The headline, the chart and the sources of a day speak of the same queries."""
    facts = world.outcomes.facts(SUPPORT, since, since + DAY)
    chart = status_over_time(facts.queries, "day", "UTC", since, since + DAY)
    assert headline(facts.queries).queries == chart["queries"].sum() == number
    assert len(facts.sources) == 2 * number


def test_the_bounds_are_inclusive_and_exclusive_to_the_microsecond(world: World) -> None:
    world.start()
    now = world.clock.now
    outcomes, tick = world.outcomes, timedelta(microseconds=1)
    assert len(outcomes.facts(SUPPORT, now, now + tick).queries) == 1
    assert len(outcomes.facts(SUPPORT, now - tick, now).queries) == 0


def test_times_that_cannot_be_true_break_no_chart(world: World) -> None:
    submitted = MONDAY + timedelta(hours=1)
    far = [
        (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)),
        (submitted, submitted - DAY),
        (None, submitted),
        (submitted, submitted + timedelta(seconds=8)),
    ]
    with world.store.write() as session:
        query = NetworkQuery(
            id=new_id(submitted),
            patient_id=PATIENT,
            purpose="treatment",
            origin="external",
            status="completed",
            submitted_at=submitted,
        )
        session.add(query)
        session.flush()
        session.add_all(
            QuerySource(
                query_id=query.id,
                type=f"type {number}",
                status="completed",
                started_at=began,
                completed_at=ended,
            )
            for number, (began, ended) in enumerate(far)
        )
    facts = world.outcomes.facts(SUPPORT, MONDAY, MONDAY + DAY)
    medians = time_to_finish(facts.sources).set_index("type")["median"].to_dict()
    # The first is kept as upstream gave it; an end before its start is no duration.
    assert set(medians) == {"type 0", "type 3"} and medians["type 3"] == 8.0
