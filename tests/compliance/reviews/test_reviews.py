"""Reviewers look, assign, decide and go on; nobody reviews what they did themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select

from services.compliance.reviews.deciding import (
    LONGEST_NOTE,
    AssignedMeanwhile,
    DecidedMeanwhile,
    Decision,
    FindingsChanged,
    OwnItem,
)
from services.compliance.reviews.review_state import Bar
from services.compliance.reviews.reviews import Reviews
from services.errors import InvalidInput, NotInLog, NotPermitted
from services.staff.permissions import Actor, Role
from services.store.tables import AuditEvent, ReviewDecision, ReviewItem
from services.vault import Vault
from tests.compliance.reviews.stage import ANNA, BEN, CLEO, SAM, WAITING, ReviewStage
from tests.staff_members import make_actor

EVIL = (
    '=HYPERLINK("http://evil.test","x")\n<script>alert(1)</script> **bold** :material/home: '
    "[link](javascript:alert(1)) \u202e @SUM(1+1) \U0001f600 O’Brien"
)


def events(stage: ReviewStage, action: str) -> list[AuditEvent]:
    with stage.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == action)
        return list(session.exec(wanted.order_by(col(AuditEvent.seq))).all())


def test_not_justified_takes_two(stage: ReviewStage) -> None:
    stage.line_up("q")
    item = stage.decide(ANNA, "q", "not_justified")
    assert (item.status, item.outcome, item.decisions) == ("second", None, 1)
    stage.clock.forward(minutes=1)
    item = stage.decide(BEN, "q", "not_justified")
    assert (item.status, item.outcome, item.closed_at) == (
        "closed",
        "not_justified",
        stage.clock(),
    )


def test_nobody_reviews_what_they_started(stage: ReviewStage) -> None:
    item = stage.line_up("q", by=CLEO)
    assert stage.reviews.open(CLEO, item.id).bar is Bar.OWN
    with pytest.raises(OwnItem):
        stage.decide(CLEO, "q", "justified")
    assert stage.item("q") == item and not stage.rows(ReviewDecision)
    [event] = events(stage, "review.decide")
    assert (event.actor_id, event.outcome, event.object_id) == (CLEO.id, "denied", item.id)
    assert stage.decide(ANNA, "q", "justified").outcome == "justified"


def test_two_of_the_same_name_are_two(stage: ReviewStage) -> None:
    """The stable id counts: the name may be anybody's, and may change."""
    namesake = replace(make_actor("Other", Role.COMPLIANCE), name=CLEO.name)
    renamed = replace(CLEO, name="Cleo Married")
    stage.line_up("q", by=CLEO)
    with pytest.raises(OwnItem):
        stage.decide(renamed, "q", "justified")
    assert stage.decide(namesake, "q", "not_justified").status == "second"
    twin = replace(make_actor("Third", Role.COMPLIANCE), name=CLEO.name)
    assert stage.decide(twin, "q", "not_justified").outcome == "not_justified"


def test_one_person_in_two_roles_is_one(stage: ReviewStage) -> None:
    stage.line_up("q")
    stage.decide(ANNA, "q", "not_justified")
    as_admin = replace(ANNA, role=Role.ADMIN, session="another")
    assert stage.decide(as_admin, "q", "not_justified").status == "second"


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PRODUCT])
def test_others_may_not(stage: ReviewStage, role: Role) -> None:
    item = stage.line_up("q")
    who = make_actor("Other", role)
    for act in (
        lambda: stage.decide(who, "q", "justified"),
        lambda: stage.reviews.open(who, item.id),
        lambda: stage.reviews.search(who, WAITING),
        lambda: stage.reviews.assign(who, item.id, who.id),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert stage.item("q") == item


def decide_at_once(
    stage: ReviewStage, item: ReviewItem, pairs: Sequence[tuple[Actor, str]]
) -> dict[str, DecidedMeanwhile]:
    """Let each decide the item as it is now at the same moment; answers who was told what."""
    start, told = Barrier(len(pairs)), {}

    def decide(who: Actor, judgement: str) -> None:
        start.wait()
        try:
            stage.reviews.decide(who, item.id, Decision(judgement, item.findings, 0, judgement))
        except DecidedMeanwhile as error:
            told[judgement] = error

    threads = [Thread(target=decide, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_two_who_decide_at_once(stage: ReviewStage) -> None:
    """One is first; the other is told who has decided what, and loses nothing."""
    for number in range(5):
        item = stage.line_up(f"q-{number}")
        told = decide_at_once(stage, item, [(ANNA, "justified"), (BEN, "not_justified")])
        [(late, error)] = told.items()
        with stage.store.read() as session:
            wanted = select(ReviewDecision).where(ReviewDecision.item_id == item.id)
            [kept] = session.exec(wanted).all()
        assert kept.decision != late
        assert str(error).startswith(f"{kept.reviewer} has just decided")
        assert "note is still in the form" in error.kept
        assert stage.item(item.subject).decisions == 1


def test_a_finding_that_came_meanwhile_is_looked_at_first(stage: ReviewStage) -> None:
    item = stage.line_up("q", "warning a")
    stage.line_up("q", "warning a", "serious b")
    with pytest.raises(FindingsChanged):
        stage.reviews.decide(ANNA, item.id, Decision("justified", item.findings, 0))
    assert stage.decide(ANNA, "q", "justified").outcome == "justified"


def test_a_closed_item_takes_no_decision(stage: ReviewStage) -> None:
    stage.line_up("q")
    stage.decide(ANNA, "q", "justified")
    with pytest.raises(InvalidInput, match="closed"):
        stage.decide(BEN, "q", "not_justified")
    stage.line_up("p")
    stage.clock.forward(seconds=1)
    stage.line_up("p", "notice a")
    with pytest.raises(InvalidInput, match="closed"):
        stage.decide(BEN, "p", "justified")


def test_an_item_that_is_none(stage: ReviewStage) -> None:
    for act in (
        lambda: stage.reviews.open(ANNA, "none"),
        lambda: stage.reviews.decide(ANNA, "none", Decision("justified", [], 0)),
        lambda: stage.reviews.assign(ANNA, "none", None),
    ):
        with pytest.raises(NotInLog):
            act()
    assert stage.reviews.of_subject(ANNA, "none") is None


def test_a_hostile_note_comes_back_as_it_was_and_is_read_by_nobody_else(
    stage: ReviewStage,
) -> None:
    note = (EVIL * 200)[:LONGEST_NOTE]
    stage.line_up("q")
    item = stage.decide(ANNA, "q", "not_justified", note=note)
    [shown] = stage.reviews.open(BEN, item.id).decisions
    assert shown.note == note
    assert shown.row.note is not None and b"HYPERLINK" not in shown.row.note
    [event] = events(stage, "review.decide")
    assert "HYPERLINK" not in str(event.details)


def test_a_note_that_is_too_long_is_refused_with_its_count(stage: ReviewStage) -> None:
    item = stage.line_up("q")
    with pytest.raises(InvalidInput, match="10,001 characters; at most 10,000"):
        stage.decide(ANNA, "q", "justified", note="x" * (LONGEST_NOTE + 1))
    assert stage.item("q") == item
    # Blanks around it do not count.
    stage.decide(ANNA, "q", "justified", note=" " + "\U0001f600" * LONGEST_NOTE + "\n")
    [shown] = stage.reviews.open(BEN, item.id).decisions
    assert shown.note == "\U0001f600" * LONGEST_NOTE


def test_a_note_of_what_no_database_holds(stage: ReviewStage) -> None:
    item = stage.line_up("q")
    stage.decide(ANNA, "q", "justified", note="a\x00b \ud800 c")
    [shown] = stage.reviews.open(BEN, item.id).decisions
    assert shown.note == "a\ufffdb ? c"


def test_a_note_whose_key_is_gone_says_so(stage: ReviewStage) -> None:
    item = stage.line_up("q")
    stage.decide(ANNA, "q", "justified", note="a note")
    other = Reviews(stage.store, stage.audit, Vault(["another"]), stage.clock)
    assert [one.note for one in other.open(BEN, item.id).decisions] == [None]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"owner_id": BEN.id}, "due_on"),
        ({"owner_id": BEN.id, "due_on": date(2026, 9, 14)}, "due_on"),
        ({"owner_id": BEN.id, "due_on": date(2028, 9, 14)}, "due_on"),
        ({"due_on": date(2026, 9, 21)}, "owner"),
        ({"owner_id": "nobody#1", "due_on": date(2026, 9, 21)}, "owner"),
    ],
)
def test_a_follow_up_needs_somebody_and_a_day(
    stage: ReviewStage, changes: dict[str, object], field: str
) -> None:
    stage.sign_in(BEN)
    item = stage.line_up("q")
    with pytest.raises(InvalidInput) as caught:
        stage.decide(ANNA, "q", "follow_up", **changes)
    assert list(caught.value.fields) == [field]
    assert stage.item("q") == item


def test_a_decision_that_is_none(stage: ReviewStage) -> None:
    stage.line_up("q")
    with pytest.raises(InvalidInput) as caught:
        stage.decide(ANNA, "q", "maybe")
    assert list(caught.value.fields) == ["judgement"]


def test_a_follow_up_has_its_owner_who_may_be_of_support(stage: ReviewStage) -> None:
    stage.sign_in(SAM)
    stage.line_up("q")
    due = date(2026, 9, 21)
    item = stage.decide(ANNA, "q", "follow_up", owner_id=SAM.id, due_on=due)
    [row] = stage.rows(ReviewDecision)
    assert (item.status, item.due_on) == ("follow_up", due)
    assert (row.owner_id, row.owner, row.due_on) == (SAM.id, SAM.name, due)
    # Somebody may decide before that day.
    item = stage.decide(BEN, "q", "justified")
    assert (item.status, item.due_on) == ("closed", None)


def test_a_decision_says_what_was_judged(stage: ReviewStage) -> None:
    item = stage.line_up("q", "warning a", "notice b")
    stage.decide(ANNA, "q", "justified")
    [row] = stage.rows(ReviewDecision)
    assert (row.findings, row.rules_version) == (["warning a", "notice b"], "2026-1")
    assert (row.reviewer_id, row.reviewer, row.role) == (ANNA.id, ANNA.name, "compliance")
    assert (row.number, row.opening, row.item_id) == (1, 1, item.id)
    [event] = events(stage, "review.decide")
    assert event.details == {
        "decision": "justified",
        "findings": ["warning a", "notice b"],
        "number": 1,
        "owner_id": None,
        "state": "closed",
        "subject": "q",
    }


def test_a_look_is_noted_and_whom_it_is_about(stage: ReviewStage) -> None:
    item = stage.line_up("q")
    stage.reviews.open(ANNA, item.id)
    stage.reviews.of_subject(ANNA, "q")
    [event] = events(stage, "review.view")
    assert (event.actor_id, event.patient_id) == (ANNA.id, item.patient_id)


def test_assigning(stage: ReviewStage) -> None:
    stage.sign_in(ANNA, BEN, SAM, CLEO)
    item = stage.line_up("q", by=CLEO)
    assert stage.reviews.assign(ANNA, item.id, ANNA.id).assigned == ANNA.name
    with pytest.raises(AssignedMeanwhile, match="Anna Reviewer"):
        stage.reviews.assign(BEN, item.id, BEN.id)
    assert stage.reviews.assign(BEN, item.id, BEN.id, seen=ANNA.id).assigned_id == BEN.id
    for other in (SAM, CLEO):
        with pytest.raises(InvalidInput):
            stage.reviews.assign(BEN, item.id, other.id, seen=BEN.id)
    assert stage.reviews.assign(ANNA, item.id, None, seen=BEN.id).assigned is None
    assert [event.details["to"] for event in events(stage, "review.assign")] == [  # type: ignore[index]
        ANNA.id,
        BEN.id,
        "",
    ]
    stage.decide(ANNA, "q", "justified")
    with pytest.raises(InvalidInput, match="closed"):
        stage.reviews.assign(ANNA, item.id, ANNA.id)


def test_an_item_that_needs_a_second_reviewer_is_nobodys(stage: ReviewStage) -> None:
    stage.sign_in(ANNA, BEN)
    item = stage.line_up("q")
    stage.reviews.assign(ANNA, item.id, ANNA.id)
    assert stage.decide(ANNA, "q", "not_justified").assigned_id is None
    stage.reviews.assign(ANNA, item.id, BEN.id)
    assert stage.decide(CLEO, "q", "justified").assigned_id == BEN.id
