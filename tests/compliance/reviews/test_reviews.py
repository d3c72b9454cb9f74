"""Reviewers look, assign, decide and go on; nobody reviews what they did themselves."""

from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select

from services.compliance.evidence.evidence import Severity
from services.compliance.reviews.deciding import (
    LONGEST_NOTE,
    AssignedMeanwhile,
    DecidedMeanwhile,
    Decision,
    FindingsChanged,
    OwnItem,
)
from services.compliance.reviews.figures import read_period
from services.compliance.reviews.listing import ReviewFilters, ReviewOrder, View
from services.compliance.reviews.review_state import Bar, ReviewStatus
from services.compliance.reviews.reviews import Reviews
from services.errors import AccessDeskError, InvalidInput, NotInLog, NotPermitted
from services.staff.permissions import Role
from services.store.paging import PAGE_SIZE
from services.store.tables import AuditEvent, ReviewDecision, ReviewItem
from services.vault import Vault
from tests.compliance.reviews.stage import ANNA, BEN, CLEO, SAM, WAITING, ReviewStage
from tests.plans import assert_no_scan, plans_of
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


def test_two_who_decide_at_once(stage: ReviewStage) -> None:
    """One is first; the other is told who has decided what, and loses nothing."""
    for round_ in range(5):
        item = stage.line_up(f"q-{round_}")
        both, told = Barrier(2), []

        def decide(who: object, judgement: str, item: ReviewItem = item) -> None:
            decision = Decision(judgement, item.findings, 0, note=f"by {judgement}")
            both.wait()
            try:
                stage.reviews.decide(who, item.id, decision)  # type: ignore[arg-type]
            except DecidedMeanwhile as error:
                told.append((judgement, error))

        pairs = [(ANNA, "justified"), (BEN, "not_justified")]
        threads = [Thread(target=decide, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [(late, error)] = told
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


def test_who_is_known(stage: ReviewStage) -> None:
    stage.sign_in(SAM, ANNA, CLEO)
    known = [(member.name, member.is_reviewer) for member in stage.reviews.members(ANNA)]
    assert known == [(ANNA.name, True), (CLEO.name, True), (SAM.name, False)]


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
