"""The page of reviews: the queue, one item open at a time, decisions, and who may not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, delete
from streamlit.testing.v1 import AppTest

from services.compliance.reviews.deciding import LONGEST_NOTE, Decision
from services.compliance.reviews.rows import ReviewDecision, ReviewItem
from services.desk import Desk
from services.ids import new_id
from services.staff.permissions import Actor, Role
from tests.pages.conftest import Browser, texts, unescaped
from tests.pages.evil import EVIL
from tests.pages.lists import shown_list
from tests.staff_members import STAFF
from tests.world import PATIENT

COMPLIANCE, ADMIN = STAFF[Role.COMPLIANCE], STAFF[Role.ADMIN]
HOSTILE = "=SUM(1)\n<script>alert(1)</script> **b** :material/home: [x](javascript:y) $z$ \u202e"


class Queue:
    """Items that a test puts into the queue of the running program, and takes out again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made: list[str] = []

    def put(self, by: Actor | None = None, *findings: str) -> str:
        """An item that is older than every other, so that it is the first of the list."""
        now = self._desk.clock() - timedelta(days=400 - len(self._made))
        item = ReviewItem(
            id=new_id(now),
            subject=new_id(now),
            kind="query",
            purpose="ias",
            patient_id=PATIENT,
            actor_id=by.id if by else None,
            actor=by.name if by else None,
            at=now,
            severity=3,
            findings=list(findings or ("consent_missing",)),
            opened_at=now,
            status="open",
        )
        with self._desk.store.write() as session:
            session.add(item)
        self._made.append(item.id)
        return item.id

    def item(self, item_id: str) -> ReviewItem:
        with self._desk.store.read() as session:
            return session.get_one(ReviewItem, item_id)

    def clear(self) -> None:
        with self._desk.store.write() as session:
            of_items = col(ReviewDecision.item_id).in_(self._made)
            session.exec(delete(ReviewDecision).where(of_items))
            session.exec(delete(ReviewItem).where(col(ReviewItem.id).in_(self._made)))


@pytest.fixture
def queue(running_desk: Desk) -> Iterator[Queue]:
    made = Queue(running_desk)
    yield made
    made.clear()


def choose(at: AppTest, item_id: str, judgement: str, note: str = "") -> None:
    at.segmented_control(key=f"review_judgement_{item_id}").set_value(judgement)
    at.text_area(key=f"review_note_{item_id}").set_value(note)
    at.run()


def decide(at: AppTest, item_id: str) -> None:
    at.button(key=f"review_save_{item_id}").click().run()
    assert not at.exception


def test_the_queue_lists_the_oldest_first(browser: Browser, queue: Queue) -> None:
    first, second = queue.put(), queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py")
    assert not at.exception
    assert shown_list(at, "reviews").keys[:2] == [first, second]
    assert shown_list(at, "reviews").column("Review")[0] == "Open"
    assert "open, the oldest since" in texts(at)


def test_after_a_decision_the_next_item_opens(browser: Browser, queue: Queue) -> None:
    first, second = queue.put(), queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=first)
    choose(at, first, "justified", "all well")
    decide(at, first)
    assert (queue.item(first).status, queue.item(first).outcome) == ("closed", "justified")
    assert at.query_params["item"] in (second, [second])
    assert [one.value for one in at.toast] == ["Justified: the item is closed."]
    assert at.text_area(key=f"review_note_{second}").value in ("", None)


def test_nobody_decides_what_they_did(browser: Browser, queue: Queue) -> None:
    item_id = queue.put(COMPLIANCE)
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    assert "Nobody reviews what they did" in texts(at)
    assert "Decide" not in [button.label for button in at.button]
    at = browser.open(Role.ADMIN, "reviews.py", item=item_id)
    assert "Decide" in [button.label for button in at.button]


def test_who_is_second_is_told_and_keeps_the_note(
    browser: Browser, queue: Queue, running_desk: Desk
) -> None:
    item_id = queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    choose(at, item_id, "justified", "my long note")
    findings = queue.item(item_id).findings
    running_desk.reviews.decide(ADMIN, item_id, Decision("not_justified", findings, 0, "theirs"))
    decide(at, item_id)
    assert "Alex Moreau has just decided: not justified." in texts(at)
    assert at.text_area(key=f"review_note_{item_id}").value == "my long note"
    assert at.query_params["item"] in (item_id, [item_id])
    assert "theirs" in [one.value for one in at.text]
    # Now that it was seen, the same decision is taken.
    decide(at, item_id)
    assert queue.item(item_id).decisions == 2
    assert queue.item(item_id).status == "second"


def test_a_note_that_is_too_long_stays_and_is_counted(browser: Browser, queue: Queue) -> None:
    item_id = queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    note = "x" * (LONGEST_NOTE + 1)
    choose(at, item_id, "justified", note)
    decide(at, item_id)
    assert "10,001 characters" in texts(at)
    assert at.text_area(key=f"review_note_{item_id}").value == note
    assert queue.item(item_id).decisions == 0


def test_a_hostile_note_is_shown_as_text(
    browser: Browser, queue: Queue, running_desk: Desk
) -> None:
    item_id = queue.put()
    note = (HOSTILE + "".join(EVIL) + "\n") * 20
    findings = queue.item(item_id).findings
    running_desk.reviews.decide(ADMIN, item_id, Decision("not_justified", findings, 0, note))
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    assert note.strip() in [one.value for one in at.text]
    assert not any("<script>" in one.value for one in at.markdown)


def test_nothing_chosen_is_said(browser: Browser, queue: Queue) -> None:
    item_id = queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    decide(at, item_id)
    assert "Choose a decision." in texts(at)


def test_a_follow_up_has_an_owner_and_a_day(browser: Browser, queue: Queue) -> None:
    item_id = queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    choose(at, item_id, "follow_up")
    decide(at, item_id)
    assert "Choose who follows up." in texts(at)
    at.selectbox(key=f"review_owner_{item_id}").set_value(STAFF[Role.SUPPORT].id).run()
    decide(at, item_id)
    item = queue.item(item_id)
    assert item.status == "follow_up" and item.due_on is not None
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    assert "Followed up by Sasha Whitfield" in texts(at)


def test_an_item_is_taken_and_given_back(browser: Browser, queue: Queue) -> None:
    item_id = queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item=item_id)
    key = f"review_assigned_{item_id}_1_"
    at.selectbox(key=f"{key}None").set_value(COMPLIANCE.id).run()
    assert queue.item(item_id).assigned == COMPLIANCE.name
    assert shown_list(at, "reviews").column("With")[0] == COMPLIANCE.name
    at.selectbox(key=f"{key}{COMPLIANCE.id}").set_value("").run()
    assert queue.item(item_id).assigned_id is None


def test_an_item_that_is_none_says_so(browser: Browser, queue: Queue) -> None:
    queue.put()
    at = browser.open(Role.COMPLIANCE, "reviews.py", item="none")
    assert "has no item with this id" in unescaped(texts(at))
    assert len(shown_list(at, "reviews")) > 0
