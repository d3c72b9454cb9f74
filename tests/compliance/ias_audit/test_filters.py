"""The list of what rules found: its order, its filters, its pages, and how both databases read."""

from datetime import date, timedelta

import pytest

from services.compliance.audit_filters import LOOK, AuditFilters, Scope
from services.compliance.evidence.evidence import Severity
from services.errors import InvalidInput
from services.store import Store
from services.store.lists.paging import PAGE_SIZE
from services.store.tables import Finding
from tests.compliance.ias_audit.rows import NOW, SAM, judge
from tests.plans import assert_no_scan, plans_of
from tests.world import PATIENT

OTHER = "0191b878-d0c4-7d82-8960-cb8cf9fe6c6e"
TODAY = NOW.date()


def listed(store: Store, filters: AuditFilters) -> list[str]:
    """The subjects of every page, in order."""
    found: list[str] = []
    cursor = None
    with store.read() as session:
        while True:
            page = filters.page(session, cursor)
            found += [row.subject for row in page.rows]
            if page.next is None:
                return found
            cursor = page.next


@pytest.fixture
def filled(store: Store) -> Store:
    """A row for each filter."""
    day = timedelta(days=1)
    judge(store, "clean")
    judge(store, "lacks", present=9, missing=["consent"])
    judge(store, "notice", [("weak_method", 1)])
    judge(store, "old serious", [("no_aal2", 3), ("no_reason", 2)], NOW - 9 * day)
    judge(store, "serious", [("no_aal2", 3)], present=9, missing=["aal2"], patient_id=OTHER)
    judge(store, "warning", [("no_reason", 2)], purpose="treatment", actor_id="test#Ada")
    judge(store, "event 7", [("look.no_query", 2)], NOW - day, purpose="", kind="look")
    return store


EVERYTHING = ["serious", "old serious", "warning", "event 7", "notice"]


@pytest.mark.parametrize(
    ("filters", "subjects"),
    [
        (AuditFilters(), EVERYTHING),
        (AuditFilters(scope=Scope.ALL), [*EVERYTHING, "lacks", "clean"]),
        (AuditFilters(scope=Scope.INCOMPLETE), ["serious", "lacks"]),
        (AuditFilters(severities=(Severity.NOTICE, Severity.SERIOUS)),
         ["serious", "old serious", "notice"]),
        (AuditFilters(rule="no_reason"), ["warning", "old serious"]),
        (AuditFilters(rule="no_reason", severities=(Severity.SERIOUS,)), ["old serious"]),
        (AuditFilters(rule="none such"), []),
        (AuditFilters(purpose="ias"), ["serious", "old serious", "notice"]),
        (AuditFilters(purpose=LOOK), ["event 7"]),
        (AuditFilters(patient_id=OTHER), ["serious"]),
        (AuditFilters(actor_id="test#Ada"), ["warning"]),
        (AuditFilters(since=TODAY - timedelta(days=1)), [s for s in EVERYTHING if s[:3] != "old"]),
        (AuditFilters(until=TODAY - timedelta(days=1)), ["old serious", "event 7"]),
        (AuditFilters(since=TODAY, until=TODAY, rule="no_reason"), ["warning"]),
        (AuditFilters(since=TODAY, until=TODAY - timedelta(days=1)), []),
    ],
)  # fmt: skip
def test_a_filter_finds_its_rows_worst_first(
    filled: Store, filters: AuditFilters, subjects: list[str]
) -> None:
    assert listed(filled, filters) == subjects
    with filled.read() as session:
        exported = session.exec(filters.select().order_by(*filters.order)).all()
    assert [row.subject for row in exported] == subjects


def test_a_finding_that_is_gone_is_not_listed_by_its_rule(store: Store) -> None:
    judge(store, "q", [("no_reason", 2)])
    with store.write() as session:
        session.get_one(Finding, "q no_reason").gone_at = NOW
    assert listed(store, AuditFilters(rule="no_reason")) == []


@pytest.mark.parametrize("rule", [None, "no_reason"])
def test_pages_hold_every_row_once(store: Store, rule: str | None) -> None:
    """Also where many have the same time, and where a page ends with a severity."""
    number = 2 * PAGE_SIZE + 7
    for one in range(number):
        severity = 3 if one < PAGE_SIZE else 2
        at = NOW - timedelta(minutes=one % 3)
        judge(store, f"q-{one:03}" if one % 9 else f"event {one}", [("no_reason", severity)], at)
    found = listed(store, AuditFilters(rule=rule))
    assert len(found) == number == len(set(found))


@pytest.mark.parametrize("cursor", ["x", "3.1", "9.1.a", "1.2.3.4", "3.1.a b", "3.1.a 1x", "٣.1.a"])
def test_an_odd_cursor_is_refused(store: Store, cursor: str) -> None:
    with store.read() as session, pytest.raises(InvalidInput):
        AuditFilters().page(session, cursor)


def test_the_access_log_gets_words_and_no_text_of_a_link() -> None:
    filters = AuditFilters(
        since=date(2026, 1, 1), severities=(Severity.SERIOUS,), rule="Anna Smith <b>",
        purpose="ias", actor_id="Anna", patient_id=PATIENT,
    )  # fmt: skip
    assert filters.summary() == {
        "since": "2026-01-01", "severities": "serious", "purpose": "ias",
        "scope": "findings", "patient_id": PATIENT,
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        AuditFilters(patient_id="Anna Smith").checked()


@pytest.mark.parametrize(
    "filters",
    [
        AuditFilters(),
        AuditFilters(since=TODAY - timedelta(days=3650), until=TODAY),
        AuditFilters(scope=Scope.INCOMPLETE, since=TODAY),
        AuditFilters(scope=Scope.ALL),
        AuditFilters(severities=(Severity.WARNING,), since=TODAY),
        AuditFilters(rule="no_reason", since=TODAY),
        AuditFilters(purpose="ias", since=TODAY),
        AuditFilters(actor_id=SAM, since=TODAY),
        AuditFilters(actor_id=SAM, rule="no_reason"),
    ],
)
def test_an_index_gives_each_page_in_its_order(store: Store, filters: AuditFilters) -> None:
    """So that it stops after a page, however many rows match."""
    rule_alone = filters.rule and not filters.actor_id
    rank = 0 if rule_alone else max(filters.severities, default=3)
    for cursor in (None, f"{rank}.1789000000000000.q"):
        plan = read_plan(store, filters, cursor)
        assert_no_scan(plan)
        assert not [step for step in plan if "Sort" in step or "TEMP B-TREE" in step], plan


@pytest.mark.parametrize("rule", [None, "no_reason"])
def test_a_persons_rows_are_found_by_the_person(store: Store, rule: str | None) -> None:
    """A person has some tens of queries, which may be sorted."""
    plan = read_plan(store, AuditFilters(patient_id=PATIENT, since=TODAY, rule=rule), None)
    assert_no_scan(plan)
    entered = [step for step in plan if "ix_assessment" in step]
    assert entered and all("ix_assessment_patient" in step for step in entered), plan


def test_the_incomplete_have_an_index_of_their_own(store: Store) -> None:
    plan = read_plan(store, AuditFilters(scope=Scope.INCOMPLETE), None)
    assert any("ix_assessment_incomplete" in step for step in plan), plan


def read_plan(store: Store, filters: AuditFilters, cursor: str | None) -> list[str]:
    """How the database reads a page."""

    def read() -> None:
        with store.read() as session:
            filters.page(session, cursor)

    return plans_of(store, read)
