"""The numbers of the Adoption page equal a hand-counted small history, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.errors import InvalidInput
from services.outcomes.adoption.adoption import Adoption
from services.outcomes.adoption.counting import PeopleCounting
from services.outcomes.adoption.figures import yield_of
from services.outcomes.adoption.marking import TestPeople as Marking
from services.outcomes.adoption.step_people import StepPeople
from services.outcomes.adoption.steps import Step
from services.outcomes.adoption.views import AdoptionView, view_of
from services.outcomes.rollups.reading import Part, Rollups
from services.outcomes.small_cells import SmallCells
from services.staff.permissions import Role
from services.store import Store
from services.store.tables import Aal2Challenge, Consent, IdentitySession, NetworkQuery
from tests.outcomes.adoption.people import at, days
from tests.outcomes.adoption.test_counting import add_whole_way, keep_text
from tests.staff_members import make_actor
from tests.world import World

SUPPORT, PRODUCT = make_actor("sam", Role.SUPPORT), make_actor("pat", Role.PRODUCT)
NOW = datetime(2026, 9, 14, 15, 30, tzinfo=UTC)


@pytest.fixture
def adoption(world: World) -> Adoption:
    rollups = Rollups(world.store, PeopleCounting())
    return Adoption(world.audit, rollups, SmallCells(5), world.clock, consent=True)


def add_history(store: Store) -> None:
    """Of seven people four were sent links in the week of September 7.

    Ann and Bob went the whole way; Bob's consent is of long before. Cid opened a link. Dora took
    every step but the consent. Eve's link is a week older. Fay has external queries only, and Gus
    was challenged without a link of ours.
    """
    with store.write() as session:
        keep_text(session)
        for name, start in (("ann", 0), ("bob", days(1)), ("dora", days(2))):
            add_whole_way(session, name, start)
        session.get_one(Consent, "k-bob").given_at = at(-days(200))
        session.delete(session.get_one(Consent, "k-dora"))
        for name, start, opened in (("cid", 30, 50), ("eve", -days(6), None)):
            session.add(
                IdentitySession(
                    id=f"i-{name}", session_id=f"s-{name}", patient_id=name, status="pending",
                    created_by_id="x", created_by="X", created_at=at(start),
                    expires_at=at(start + 60), opened_at=None if opened is None else at(opened),
                )
            )  # fmt: skip
        for number, minutes in enumerate((0, days(6))):
            session.add(
                NetworkQuery(
                    id=f"q-fay-{number}", patient_id="fay", purpose="ias", origin="external",
                    status="completed", submitted_at=at(minutes),
                )
            )  # fmt: skip
        session.add(
            Aal2Challenge(
                id="c-gus", challenge_id="aalc-gus", patient_id="gus", proofed_identity_id="p",
                status="pending", created_by_id="x", created_by="X", created_at=at(0),
                expires_at=at(15),
            )
        )  # fmt: skip


def two_weeks(part: Part | None = None) -> AdoptionView:
    return view_of("week", 1, NOW, part or Part(), whole=True)


def test_the_funnel_equals_the_history(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    facts = adoption.funnel(SUPPORT, two_weeks())
    assert [step.people for step in facts.steps] == [4, 4, 2, 2, 2, 2, 2, 2, 2]
    assert [step.stopped for step in facts.steps] == [0, 2, 0, 0, 0, 0, 0, 0, 2]
    assert [step.before for step in facts.steps] == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    opened = facts.steps[1]
    assert opened.of_previous == opened.of_first == 1.0
    # Ten minutes for three of them, twenty for Cid.
    assert opened.median == pytest.approx(600, rel=0.02)
    assert opened.p90 == pytest.approx(1200, rel=0.02)
    consent = facts.steps[2]
    # Of Ann alone: Bob had agreed before.
    assert consent.bins is not None and int(consent.bins.sum()) == 1
    assert facts.methods["resistant"] == [3, 3, 2, 2, 2, 2, 2, 2, 2]


def test_without_the_consent_as_a_step_nobody_stops_for_want_of_it(
    world: World, adoption: Adoption
) -> None:
    add_history(world.store)
    facts = adoption.funnel(SUPPORT, replace(two_weeks(), consent=False))
    assert [step.people for step in facts.steps] == [4, 4, 3, 3, 3, 3, 3, 3]
    assert Step.CONSENT not in {step.step for step in facts.steps}


def test_active_people_and_records_equal_the_history(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    view = two_weeks()
    active = adoption.activity(SUPPORT, view).active
    assert active[["new", "returning"]].to_numpy().tolist() == [[4, 0]]
    ours = two_weeks(Part(leave_out_external=True))
    assert adoption.activity(SUPPORT, ours).active["new"].tolist() == [3]
    received, before = adoption.received(SUPPORT, view)
    assert received[["n", "total"]].to_numpy().tolist() == [[3, 3]] and before == 0


def test_sessions_and_links_equal_the_history(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    facts = adoption.fates(SUPPORT, two_weeks())
    assert facts.sessions == {"records": 3}
    assert yield_of(facts.sessions).per_retrieval == 1.0
    assert facts.links == {"identity": {"opened": 4}, "aal2": {"opened": 3, "unopened": 1}}
    assert set(facts.methods) == {"resistant"}


def test_retention_begins_once_a_month_is_over(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    assert adoption.activity(SUPPORT, two_weeks()).cohorts == []
    world.clock.forward(days=60)
    view = view_of("month", 2, world.clock(), whole=True)
    [cohort] = adoption.activity(SUPPORT, view).cohorts
    assert (cohort.month, cohort.people, cohort.shares) == (date(2026, 9, 1), 4, [1.0, 0.0])


def test_facilities_are_those_of_the_queries(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    [facility] = adoption.facilities(SUPPORT, two_weeks())
    assert (facility.facility_id, facility.received) == ("f1", 3)
    assert facility.steps == [3, 3, 2, 2, 2, 2, 2, 2, 2]
    of_facility = adoption.funnel(SUPPORT, two_weeks(Part("f1")))
    assert [step.people for step in of_facility.steps] == facility.steps


def test_an_empty_log_has_no_numbers(adoption: Adoption) -> None:
    view = view_of("month", 12, NOW)
    assert [step.people for step in adoption.funnel(SUPPORT, view).steps] == [0] * 9
    assert not adoption.activity(SUPPORT, view).active[["new", "returning"]].to_numpy().any()
    assert adoption.fates(SUPPORT, view).sessions == {} == adoption.fates(SUPPORT, view).links
    assert adoption.facilities(SUPPORT, view) == []
    assert adoption.received(SUPPORT, view)[0]["total"].tolist() == [0] * 12


def test_product_sees_no_group_of_a_few(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    view = two_weeks()
    facts = adoption.funnel(PRODUCT, view)
    assert [step.people for step in facts.steps] == [None] * 9
    assert all(step.bins is None and step.median != step.median for step in facts.steps)
    assert adoption.fates(PRODUCT, view).sessions == {}
    assert adoption.received(PRODUCT, view)[0]["n"].tolist() == [0]
    assert adoption.facilities(PRODUCT, view)[0].steps == [None] * 9


@pytest.mark.parametrize(
    "view",
    [
        view_of("week", 4, NOW),
        view_of("week", 4, NOW, Part("f1", leave_out_external=True), whole=True),
        view_of("week", 4, NOW, Part("f1", leave_out_tests=False), whole=True),
    ],
)
def test_product_gets_whole_periods_and_one_filter(adoption: Adoption, view: AdoptionView) -> None:
    for read in (adoption.funnel, adoption.activity, adoption.fates, adoption.received):
        with pytest.raises(InvalidInput):
            read(PRODUCT, view)


def test_whoever_is_marked_leaves_every_number(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    fold(world.store)
    marking = Marking(world.store, world.audit, world.clock)
    marking.mark(SUPPORT, "ann")
    marking.mark(SUPPORT, "ann")
    assert marking.mark_of(SUPPORT, "ann") is not None
    view, everybody = two_weeks(), two_weeks(Part(leave_out_tests=False))
    assert adoption.funnel(SUPPORT, view).steps[0].people == 3
    assert adoption.funnel(SUPPORT, everybody).steps[0].people == 4
    shares = adoption.activity(SUPPORT, view)
    assert shares.active["new"].tolist() == [3]
    marking.unmark(SUPPORT, "ann")
    assert marking.mark_of(SUPPORT, "ann") is None
    fold(world.store)
    assert adoption.funnel(SUPPORT, view).steps[0].people == 4


def fold(store: Store) -> None:
    from services.outcomes.rollups.folding import Folding

    folding = Folding(store, PeopleCounting())
    while folding.step():
        pass


def test_the_people_of_a_step_are_as_many_as_it_says(world: World, adoption: Adoption) -> None:
    add_history(world.store)
    fold(world.store)
    people = StepPeople(world.store, world.audit)
    view = two_weeks()
    for figure in adoption.funnel(SUPPORT, view).steps:
        page = people.stopped_at(SUPPORT, view, figure.step)
        assert len(page.rows) == figure.stopped and page.next is None
    opened = people.stopped_at(SUPPORT, view, Step.OPENED)
    assert [person.patient_id for person in opened.rows] == ["dora", "cid"]
    assert opened.rows[0].last_at == at(days(2) + 80)
    facility = people.stopped_at(SUPPORT, two_weeks(Part("f1")), Step.OPENED)
    assert [person.patient_id for person in facility.rows] == ["dora"]


def test_a_running_week_is_compared_with_the_same_part_of_the_one_before() -> None:
    # Monday, September 14.
    view = view_of("week", 4, NOW)
    assert view.runs and view.now.end == datetime(2026, 9, 15, tzinfo=UTC)
    assert view.now.starts[-1] == datetime(2026, 9, 14, tzinfo=UTC)
    assert view.before.starts[0] == datetime(2026, 7, 27, tzinfo=UTC)
    assert view.before.end == datetime(2026, 8, 18, tzinfo=UTC)
    whole = view_of("week", 4, NOW, whole=True)
    assert not whole.runs and whole.now.end == datetime(2026, 9, 14, tzinfo=UTC)
    assert whole.before.end == whole.now.since == datetime(2026, 8, 17, tzinfo=UTC)


def test_a_month_of_other_length_ends_where_the_next_begins() -> None:
    view = view_of("month", 1, datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert view.before.end == datetime(2026, 3, 1, tzinfo=UTC) == view.now.since
    assert view.now.end - view.now.since == timedelta(days=31)
