"""The lists of the review queue, the next item, and the figures."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.deciding import (
    AssignedMeanwhile,
    DecidedMeanwhile,
    FindingsChanged,
    OwnItem,
)
from services.compliance.reviews.figures import read_period
from services.compliance.reviews.listing import ReviewFilters, ReviewOrder, View
from services.compliance.reviews.review_state import ReviewStatus
from services.errors import AccessDeskError, InvalidInput, NotPermitted
from services.staff.permissions import Role
from services.store.lists.paging import PAGE_SIZE
from services.store.tables import ReviewItem
from tests.compliance.reviews.stage import ANNA, BEN, CLEO, SAM, WAITING, ReviewStage
from tests.plans import assert_no_scan, plans_of
from tests.staff_members import make_actor


def fill(stage: ReviewStage, *kinds: str) -> None:
    """An item of each kind, one minute after the other, called q-0, q-1 …"""
    for number, kind in enumerate(kinds):
        stage.line_up(f"q-{number}", f"{kind} a")
        stage.clock.forward(minutes=1)


def listed(stage: ReviewStage, **filters: object) -> list[str]:
    found = stage.reviews.search(ANNA, replace(WAITING, **filters))  # type: ignore[arg-type]
    return [row.subject for row in found.rows]


def test_the_lists(stage: ReviewStage) -> None:
    stage.sign_in(ANNA, BEN)
    fill(stage, "warning", "serious", "warning", "serious", "warning")
    stage.decide(BEN, "q-2", "not_justified")
    stage.decide(BEN, "q-3", "follow_up", owner_id=BEN.id, due_on=date(2026, 10, 1))
    stage.decide(BEN, "q-4", "justified")
    stage.reviews.assign(BEN, stage.item("q-3").id, ANNA.id)
    assert listed(stage) == ["q-0", "q-1", "q-2"]
    assert listed(stage, order=ReviewOrder.WORST) == ["q-1", "q-0", "q-2"]
    assert listed(stage, view=View.SECOND) == ["q-2"]
    assert listed(stage, view=View.FOLLOW_UP) == ["q-3"]
    assert listed(stage, view=View.CLOSED) == ["q-4"]
    assert listed(stage, view=View.MINE) == ["q-3"]
    assert listed(stage, severity=Severity.SERIOUS) == ["q-1"]
    assert listed(stage, sample_only=True) == []


@pytest.mark.parametrize("order", ReviewOrder)
def test_pages_hold_every_item_once(stage: ReviewStage, order: ReviewOrder) -> None:
    for number in range(2 * PAGE_SIZE + 3):
        # Three at a time at the same moment.
        stage.assess(f"q-{number:03}", "serious a" if number % 7 == 0 else "warning a")
        if number % 3 == 0:
            stage.work()
            stage.clock.forward(seconds=1)
    stage.work()
    filters, seen, cursor = ReviewFilters(order=order), [], None
    while True:
        page = stage.reviews.search(ANNA, filters, cursor)
        seen += list(page.rows)
        cursor = page.next
        if cursor is None:
            break
    assert len({row.id for row in seen}) == len(seen) == 2 * PAGE_SIZE + 3
    ranks = [
        (-row.severity if order is ReviewOrder.WORST else 0, row.opened_at, row.id) for row in seen
    ]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("cursor", ["", "x", "1.2", "1.2.3.4", "9" * 40, "1.1.\u0661"])
def test_what_is_no_cursor(stage: ReviewStage, cursor: str) -> None:
    if cursor:
        with pytest.raises(InvalidInput):
            stage.reviews.search(ANNA, WAITING, cursor)


def follow(stage: ReviewStage, who: object, after: str | None, **filters: object) -> str | None:
    item_id = stage.item(after).id if after else None
    chosen = replace(WAITING, **filters)  # type: ignore[arg-type]
    found = stage.reviews.next_after(who, item_id, chosen)  # type: ignore[arg-type]
    return found.subject if found else None


def test_the_next_item(stage: ReviewStage) -> None:
    stage.sign_in(ANNA, BEN)
    fill(stage, "warning", "serious", "warning", "warning")
    assert follow(stage, ANNA, None) == "q-0"
    assert follow(stage, ANNA, "q-0") == "q-1"
    assert follow(stage, ANNA, "q-3") == "q-0", "after the last, the first"
    assert follow(stage, ANNA, "q-3", order=ReviewOrder.WORST) == "q-1"
    assert follow(stage, ANNA, "q-1", order=ReviewOrder.WORST) == "q-0"
    # Somebody else's is passed over, and what waits for somebody else's word.
    stage.reviews.assign(ANNA, stage.item("q-1").id, BEN.id)
    stage.decide(ANNA, "q-2", "not_justified")
    assert follow(stage, ANNA, "q-0") == "q-3"
    assert follow(stage, BEN, "q-0") == "q-1"
    assert follow(stage, BEN, "q-1") == "q-2"
    # Once it is disputed, the first one may be convinced.
    stage.decide(BEN, "q-2", "justified")
    assert follow(stage, ANNA, "q-0") == "q-2"


def test_ones_own_is_never_the_next(stage: ReviewStage) -> None:
    stage.line_up("q-0", by=ANNA)
    assert follow(stage, ANNA, None) is None
    assert follow(stage, BEN, None) == "q-0"
    assert follow(stage, BEN, "q-0") is None


def test_the_next_is_found_behind_many_that_wait_for_another(stage: ReviewStage) -> None:
    for number in range(120):
        stage.assess(f"q-{number:03}", "warning a")
    stage.work()
    for number in range(119):
        stage.decide(ANNA, f"q-{number:03}", "not_justified")
    first_open = {row.subject for row in stage.rows(ReviewItem) if row.status == "open"}
    assert first_open == {follow(stage, ANNA, None)}


def test_figures(stage: ReviewStage) -> None:
    assert stage.reviews.figures(ANNA).open == 0
    opened_at = stage.clock()
    fill(stage, "warning", "serious", "warning")
    stage.decide(ANNA, "q-0", "not_justified")
    stage.decide(ANNA, "q-2", "justified")
    found = stage.reviews.figures(ANNA)
    assert (found.open, found.oldest_at) == (2, opened_at)
    assert found.by_status == {ReviewStatus.SECOND: 1, ReviewStatus.OPEN: 1}
    assert found.by_severity == {2: 1, 3: 1}
    assert stage.reviews.figures(make_actor("Priya", Role.PRODUCT)) == found
    with pytest.raises(NotPermitted):
        stage.reviews.figures(SAM)
    with stage.store.read() as session:
        period = read_period(session, opened_at, stage.clock() + timedelta(hours=1))
        before = read_period(session, opened_at - timedelta(days=1), opened_at)
    assert period.decisions == {"not_justified": 1, "justified": 1}
    assert period.outcomes == {"justified": 1}
    assert not before.decisions and not before.outcomes


def test_plans(stage: ReviewStage) -> None:
    stage.sign_in(ANNA)
    item = stage.line_up("q")
    stage.decide(ANNA, "q", "not_justified")
    for view in View:
        for order in ReviewOrder:
            filters = ReviewFilters(view, None, True, order)
            assert_no_scan(plans_of(stage.store, lambda f=filters: stage.reviews.search(ANNA, f)))  # type: ignore[misc]
    for look in (
        lambda: stage.reviews.open(ANNA, item.id),
        lambda: stage.reviews.of_subject(ANNA, "q"),
        lambda: stage.reviews.next_after(BEN, item.id, WAITING),
        lambda: stage.reviews.figures(ANNA),
        lambda: stage.reviews.members(ANNA),
    ):
        assert_no_scan(plans_of(stage.store, look))


def test_every_error_says_what_to_do() -> None:
    for error in (OwnItem, DecidedMeanwhile, FindingsChanged, AssignedMeanwhile):
        assert issubclass(error, AccessDeskError) and error.kept and error.next_step


def test_who_is_known(stage: ReviewStage) -> None:
    stage.sign_in(SAM, ANNA, CLEO)
    known = [(member.name, member.is_reviewer) for member in stage.reviews.members(ANNA)]
    assert known == [(ANNA.name, True), (CLEO.name, True), (SAM.name, False)]
