"""What the rules say of a query or a look becomes an item of the review queue, and changes it."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlmodel import select

from services.compliance.reviews import queue as queue_module
from services.compliance.reviews.queue import MARK, ReviewQueue
from services.store import Store
from services.store.log_change import Subject, read_version
from services.store.tables import ReviewItem, WorkMark
from tests.clock import FakeClock
from tests.compliance.reviews.stage import ANNA, BEN, SERIOUS, WARNING, ReviewStage
from tests.plans import assert_no_scan, plans_of


def test_what_is_worse_than_a_notice_waits(stage: ReviewStage) -> None:
    stage.assess("q-notice", "notice a")
    stage.assess("q-warning", "warning a", "notice b")
    stage.assess("q-serious", "serious a")
    stage.assess("q-clean")
    stage.work()
    found = {row.subject: (row.severity, row.findings) for row in stage.rows(ReviewItem)}
    assert found == {
        "q-warning": (WARNING, ["warning a", "notice b"]),
        "q-serious": (SERIOUS, ["serious a"]),
    }


def test_an_item_says_what_it_is_about(stage: ReviewStage) -> None:
    item = stage.line_up("q", "warning a")
    assert (item.kind, item.purpose, item.status) == ("query", "ias", "open")
    assert (item.actor, item.opened_at) == ("Sam Support", stage.clock())
    assert (item.decisions, item.openings, item.outcome) == (0, 1, None)


def test_the_same_again_changes_nothing(stage: ReviewStage) -> None:
    item = stage.line_up("q", "warning a")
    with stage.store.read() as session:
        before = read_version(session, Subject.REVIEW)
    stage.assess("q", "warning a")
    stage.clock.forward(minutes=1)
    stage.assess("q", "warning a")
    assert stage.work() > 0
    assert stage.item("q") == item
    with stage.store.read() as session:
        assert read_version(session, Subject.REVIEW) == before


def test_an_open_item_follows_its_findings(stage: ReviewStage) -> None:
    first = stage.line_up("q", "warning a")
    stage.clock.forward(minutes=1)
    item = stage.line_up("q", "warning a", "serious b")
    assert (item.severity, item.findings) == (SERIOUS, ["warning a", "serious b"])
    assert (item.id, item.opened_at, item.openings) == (first.id, first.opened_at, 1)


def test_what_is_found_no_more_before_anybody_decided_is_gone(stage: ReviewStage) -> None:
    stage.line_up("q", "warning a")
    stage.clock.forward(minutes=1)
    item = stage.line_up("q", "notice b")
    assert (item.status, item.outcome, item.closed_at) == ("closed", "gone", stage.clock())
    assert item.findings == ["warning a"], "it says what it was about"


def test_what_was_serious_waits_for_a_reviewer_also_when_it_is_gone(stage: ReviewStage) -> None:
    """Whoever hands in a consent with an earlier date must not empty the queue."""
    stage.line_up("q", "serious a", "warning b")
    for found in (("warning b", "notice c"), ("notice c",), ()):
        stage.clock.forward(minutes=1)
        stage.assess("q", *found)
        stage.work()
        item = stage.item("q")
        assert (item.status, item.severity) == ("open", SERIOUS)
        assert set(item.findings) >= {"serious a", "warning b"}
    assert stage.decide(ANNA, "q", "justified").outcome == "justified"


def test_what_was_gone_and_is_found_again_is_open_again(stage: ReviewStage) -> None:
    stage.line_up("q", "warning a")
    stage.line_up("q", "notice b")
    stage.clock.forward(days=1)
    item = stage.line_up("q", "warning a")
    assert (item.status, item.outcome, item.closed_at) == ("open", None, None)
    assert (item.openings, item.opened_at) == (2, stage.clock())


def test_what_somebody_has_decided_does_not_go(stage: ReviewStage) -> None:
    stage.line_up("q", "warning a")
    stage.decide(ANNA, "q", "not_justified")
    item = stage.line_up("q", "notice b")
    assert (item.status, item.outcome) == ("second", None)


def test_a_new_finding_opens_a_closed_item_again(stage: ReviewStage) -> None:
    stage.line_up("q", "warning a")
    stage.decide(ANNA, "q", "justified")
    stage.clock.forward(days=1)
    item = stage.line_up("q", "warning a", "warning b")
    assert (item.status, item.outcome, item.closed_at) == ("open", None, None)
    assert (item.openings, item.decisions, item.findings) == (2, 1, ["warning a", "warning b"])
    shown = stage.reviews.open(ANNA, item.id)
    assert [one.row.decision for one in shown.decisions] == ["justified"]
    assert shown.state.status == "open", "what was decided before counts no more"
    assert stage.decide(BEN, "q", "not_justified").status == "second"
    assert stage.decide(ANNA, "q", "not_justified").outcome == "not_justified"


@pytest.mark.parametrize("findings", [("warning a",), (), ("warning a", "notice b")])
def test_nothing_else_opens_it_again(stage: ReviewStage, findings: tuple[str, ...]) -> None:
    stage.line_up("q", "warning a")
    item = stage.decide(ANNA, "q", "justified")
    stage.clock.forward(days=1)
    stage.assess("q", *findings)
    stage.work()
    assert stage.item("q") == item


def test_many_are_followed_in_batches(stage: ReviewStage) -> None:
    number = 2 * queue_module._BATCH + 1
    for position in range(number):
        # Some at the same moment.
        stage.assess(f"q-{position:04}", "warning a")
        if position % 3 == 0:
            stage.clock.forward(milliseconds=1)
    assert stage.queue.step() == queue_module._BATCH
    assert stage.work() == number - queue_module._BATCH
    assert len(stage.rows(ReviewItem)) == number


def test_what_is_committed_late_is_not_missed(stage: ReviewStage) -> None:
    stage.line_up("q-1", "warning a")
    stage.clock.forward(seconds=10)
    stage.work()
    stage.clock.forward(minutes=-3)
    stage.assess("q-0", "warning a")
    stage.clock.forward(minutes=3)
    stage.work()
    assert {row.subject for row in stage.rows(ReviewItem)} == {"q-1"}
    stage.clock.forward(minutes=1)
    stage.work()
    stage.work()
    assert {row.subject for row in stage.rows(ReviewItem)} == {"q-0", "q-1"}


def test_a_new_process_goes_on_where_the_last_one_was(stage: ReviewStage) -> None:
    for number in range(3):
        stage.line_up(f"q-{number}", "warning a")
        stage.clock.forward(hours=1)
    stage.work()
    [mark] = stage.rows(WorkMark)
    assert (mark.name, mark.key) == (MARK, "q-2")
    other = ReviewQueue(stage.store, stage.clock)
    assert other.step() == 0
    stage.assess("q-9", "warning a")
    assert other.step() == 1


def test_several_processes_at_once_make_one_item_each(stage: ReviewStage) -> None:
    for number in range(60):
        stage.assess(f"q-{number}", "warning a")
    queues = [ReviewQueue(stage.store, stage.clock) for _ in range(4)]

    def work(queue: ReviewQueue) -> None:
        for _ in range(5):
            queue.step()

    threads = [Thread(target=work, args=(queue,)) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    subjects = [row.subject for row in stage.rows(ReviewItem)]
    assert len(subjects) == len(set(subjects)) == 60


def test_a_follow_up_comes_back_on_its_day(stage: ReviewStage) -> None:
    stage.sign_in(BEN)
    stage.line_up("q", "warning a")
    due = (stage.clock() + timedelta(days=2)).date()
    item = stage.decide(ANNA, "q", "follow_up", owner_id=BEN.id, due_on=due)
    assert (item.status, item.due_on) == ("follow_up", due)
    stage.clock.forward(days=1)
    stage.work()
    assert stage.item("q").status == "follow_up"
    stage.clock.forward(days=1)
    assert stage.work() == 1
    item = stage.item("q")
    assert (item.status, item.due_on) == ("open", None)


def test_what_was_said_before_the_follow_up_still_counts(stage: ReviewStage) -> None:
    stage.sign_in(BEN)
    stage.line_up("q", "warning a")
    stage.decide(ANNA, "q", "not_justified")
    due = (stage.clock() + timedelta(days=1)).date()
    stage.decide(BEN, "q", "follow_up", owner_id=BEN.id, due_on=due)
    stage.clock.forward(days=1)
    stage.work()
    assert stage.item("q").status == "second"


def test_the_plans_of_a_step(store: Store, clock: FakeClock) -> None:
    stage = ReviewStage(store, clock)
    stage.line_up("q", "warning a")
    stage.clock.forward(days=1)
    stage.work()
    assert_no_scan(plans_of(store, ReviewQueue(store, clock).step))


def test_an_item_is_noted_for_open_pages(stage: ReviewStage) -> None:
    with stage.store.read() as session:
        before = read_version(session, Subject.REVIEW)
    item = stage.line_up("q", "warning a")
    with stage.store.read() as session:
        assert read_version(session, Subject.REVIEW) != before
        assert read_version(session, Subject.REVIEW, item.id)
        assert session.exec(select(ReviewItem)).one().id == item.id
