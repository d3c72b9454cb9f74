"""What is read for a view: by the time of submission, on each database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from services.errors import InvalidInput
from services.ids import new_id
from services.outcomes.durations import time_to_finish
from services.outcomes.outcomes import OutcomeView, StatusFacts
from services.outcomes.periods import days_between, period_of
from services.outcomes.rollups.reading import Part
from services.outcomes.tables import headline, status_over_time
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import AuditEvent, NetworkQuery, QuerySource
from tests.clock import FakeClock
from tests.staff_members import make_actor
from tests.world import PATIENT, REQUEST, SUPPORT, World, answers

MONDAY = datetime(2026, 9, 14, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = ZoneInfo("UTC")
PRODUCT = make_actor("Priya Product", Role.PRODUCT)


@pytest.fixture
def world(store: Store, clock: FakeClock) -> World:
    return World(store, clock, answers("completed", hie="completed", lab="completed"))


def view(world: World, first: date, last: date, bucket: str = "day") -> OutcomeView:
    return OutcomeView(days_between(first, last, world.clock(), ZONE), bucket, ZONE)


def of_day(world: World, day: date) -> StatusFacts:
    return world.outcomes.status(SUPPORT, view(world, day, day))


def add_query(world: World, at: datetime, **fields: object) -> str:
    """A query of an external program that completed, unless `fields` say otherwise."""
    values = {"purpose": "treatment", "origin": "external", "status": "completed"} | fields
    with world.store.write() as session:
        query = NetworkQuery(
            id=new_id(at), patient_id=values.pop("patient_id", PATIENT), submitted_at=at, **values
        )
        session.add(query)
        return query.id


def test_a_query_counts_on_the_day_of_its_submission_not_of_its_id(world: World) -> None:
    """A bulk run is written down on Monday and worked off on Tuesday."""
    world.bulk.begin(SUPPORT, world.bulk.new_id(), [PATIENT], REQUEST)
    world.clock.forward(hours=12)
    assert world.bulk_starts.step() == 1
    assert_day(world, MONDAY.date(), 0)
    assert_day(world, (MONDAY + DAY).date(), 1)


def test_a_dialog_that_stays_open_over_midnight_makes_no_query_of_yesterday(world: World) -> None:
    query_id = world.query_starts.new_id()
    world.clock.forward(hours=12)
    world.query_starts.start(SUPPORT, query_id, REQUEST)
    assert_day(world, MONDAY.date(), 0)
    assert_day(world, (MONDAY + DAY).date(), 1)


def assert_day(world: World, day: date, number: int) -> None:
    """The headline, the chart and the sources of a day speak of the same queries."""
    facts = of_day(world, day)
    period = facts.view.period
    chart = status_over_time(facts.status, "day", "UTC", period.since, period.until)
    assert headline(facts.status).queries == chart["queries"].sum() == number
    sources = world.outcomes.sources(SUPPORT, facts.view).sources
    assert sources["n"].sum() == 2 * number


def test_a_day_has_the_queries_up_to_its_last_moment(world: World) -> None:
    add_query(world, MONDAY - timedelta(microseconds=1))
    add_query(world, MONDAY)
    add_query(world, MONDAY + DAY - timedelta(microseconds=1))
    add_query(world, MONDAY + DAY)
    assert headline(of_day(world, MONDAY.date()).status).queries == 2


def test_the_time_before_ends_at_the_same_hour(world: World) -> None:
    """It is Monday, 15:30."""
    add_query(world, MONDAY)
    for hour in (1, 15, 16, 23):
        add_query(world, MONDAY - DAY + timedelta(hours=hour))
    period = period_of(1, world.clock(), ZONE)
    facts = world.outcomes.status(SUPPORT, OutcomeView(period, "hour", ZONE))
    assert headline(facts.status).queries == 1 and headline(facts.before).queries == 2


def test_days_reach_back_to_the_weeks_that_a_day_is_compared_with(world: World) -> None:
    add_query(world, MONDAY - timedelta(weeks=8))
    add_query(world, MONDAY)
    facts = of_day(world, MONDAY.date())
    assert list(facts.days["n"]) == [1, 1] and list(facts.status["n"]) == [1]
    assert facts.began == (MONDAY - timedelta(weeks=8)).date()
    weekly = world.outcomes.status(SUPPORT, view(world, MONDAY.date(), MONDAY.date(), "week"))
    assert weekly.days.empty


def test_the_first_day_is_that_of_the_first_query_of_all(world: World) -> None:
    assert world.outcomes.first_day(SUPPORT) is None
    add_query(world, MONDAY - timedelta(days=400))
    assert world.outcomes.first_day(SUPPORT) == (MONDAY - timedelta(days=400)).date()


def test_a_part_of_the_log_leaves_the_rest_out(world: World) -> None:
    add_query(world, MONDAY, facility_id="f-1")
    add_query(world, MONDAY, facility_id="f-2", origin="dashboard")
    shown = view(world, MONDAY.date(), MONDAY.date())

    def facilities(part: Part) -> list[str]:
        facts = world.outcomes.sources(SUPPORT, OutcomeView(shown.period, "day", ZONE, part))
        return sorted(facts.facilities["facility"])

    assert facilities(Part()) == ["f-1", "f-2"]
    assert facilities(Part(leave_out_external=True)) == ["f-2"]
    assert facilities(Part(facility_id="f-1")) == ["f-1"]


def test_an_unknown_status_and_source_are_counted_as_they_came(world: World) -> None:
    query_id = add_query(world, MONDAY, status="on-hold", purpose="research")
    with world.store.write() as session:
        session.add(QuerySource(query_id=query_id, type="fax", status="dialling"))
    facts = of_day(world, MONDAY.date())
    (line,) = facts.status.to_dict("records")
    assert (line["purpose"], line["outcome"], line["n"]) == ("research", "on-hold", 1)
    (source,) = world.outcomes.sources(SUPPORT, facts.view).sources.to_dict("records")
    assert (source["type"], source["result"]) == ("fax", "dialling")


def test_times_that_cannot_be_true_break_no_chart(world: World) -> None:
    submitted = MONDAY + timedelta(hours=1)
    far = [
        (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)),
        (submitted, submitted - DAY),
        (None, submitted),
        (submitted, submitted + timedelta(seconds=8)),
    ]
    query_id = add_query(world, submitted)
    with world.store.write() as session:
        session.add_all(
            QuerySource(
                query_id=query_id,
                type=f"type {number}",
                status="completed",
                started_at=began,
                completed_at=ended,
            )
            for number, (began, ended) in enumerate(far)
        )
    facts = world.outcomes.sources(SUPPORT, view(world, MONDAY.date(), MONDAY.date()))
    medians = time_to_finish(facts.times, facts.sources).set_index("type")["median"].to_dict()
    # The first is kept as upstream gave it; an end before its start is no duration.
    assert set(medians) == {"type 0", "type 3"}
    assert medians["type 3"] == pytest.approx(8.0, rel=0.02)


def test_a_look_is_noted_once_with_its_period(world: World) -> None:
    of_day(world, MONDAY.date())
    of_day(world, MONDAY.date())
    with world.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "outcomes.view")
        (event,) = session.exec(wanted).all()
    assert event.details["since"] == MONDAY.isoformat()


def test_product_gets_whole_weeks_that_are_over_and_one_filter(world: World) -> None:
    last_week = view(world, date(2026, 9, 7), date(2026, 9, 13), "week")
    assert world.outcomes.status(PRODUCT, last_week).status.empty
    refused = [
        view(world, date(2026, 9, 14), date(2026, 9, 20), "week"),
        view(world, date(2026, 9, 7), date(2026, 9, 13), "day"),
        view(world, date(2026, 9, 8), date(2026, 9, 14), "week"),
        OutcomeView(last_week.period, "week", ZONE, Part("f-1", leave_out_external=True)),
    ]
    for wrong in refused:
        with pytest.raises(InvalidInput):
            world.outcomes.status(PRODUCT, wrong)
        with pytest.raises(InvalidInput):
            world.outcomes.sources(PRODUCT, wrong)


def test_product_sees_rounded_numbers_and_no_group_of_a_few_people(world: World) -> None:
    week = MONDAY - timedelta(days=7)
    for number in range(13):
        add_query(world, week, patient_id=f"p-{number}", facility_id="f-1")
    # Many queries of one person are one person's.
    for _ in range(20):
        add_query(world, week - timedelta(days=7), status="partial", facility_id="f-3")
    weeks = view(world, date(2026, 8, 31), date(2026, 9, 13), "week")
    status = world.outcomes.status(PRODUCT, weeks).status
    assert dict(zip(status["outcome"], status["n"], strict=True)) == {"completed": 15}
    facilities = world.outcomes.sources(PRODUCT, weeks).facilities
    assert list(facilities["facility"]) == ["f-1"]
    seen_by_support = world.outcomes.status(SUPPORT, weeks).status
    assert seen_by_support["n"].sum() == 33
