"""Every page for every role, the deep links, and what people type wrongly."""

import pytest
from sqlmodel import col, select

from services.desk import Desk
from services.errors import NotPermitted
from services.metriport.schemas import Sources
from services.queries.query_log import QueryRow
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from services.store.tables import AuditEvent
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list
from tests.staff_members import STAFF

ALLOWED = {
    "patients.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "patient.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "queries.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "query.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "outcomes.py": set(Role),
    "webhooks.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "calls.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "call.py": {Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN},
    "bulk.py": {Role.SUPPORT, Role.ADMIN},
    "system.py": {Role.ADMIN},
}
SUPPORT = STAFF[Role.SUPPORT]


@pytest.fixture
def jane(running_desk: Desk) -> str:
    """The id of a patient without trouble."""
    return running_desk.patients.search(SUPPORT, '"Jane" Smith').patients[0].id


def _start(desk: Desk, patient_id: str) -> QueryRow:
    facility = desk.patients.facilities(SUPPORT)[0].id
    sources = Sources(hie=True, pharmacy=True)
    request = TreatmentRequest(patient_id, facility, sources, REASONS[0])
    query = desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)
    return desk.queries.open(SUPPORT, query.id)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("page", ALLOWED)
def test_a_role_opens_its_pages_and_no_other(browser: Browser, page: str, role: Role) -> None:
    at = browser.open(role, page)
    assert not at.exception and not at.error
    assert STAFF[role].name in texts(at)
    refused = f"Your role, {role.value}, does not have this page." in texts(at)
    assert refused is (role not in ALLOWED[page])


def test_a_page_that_is_refused_shows_nothing_and_leaves_a_trace(
    browser: Browser, running_desk: Desk
) -> None:
    at = browser.open(Role.PRODUCT, "patients.py")
    assert [title.value for title in at.title] == ["Patients"]
    assert not at.text_input and not has_list(at, "patients")
    with running_desk.store.read() as session:
        event = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc())).first()
    assert event is not None
    assert (event.action, event.outcome, event.role) == ("patients.view", "denied", "product")


@pytest.mark.parametrize("role", Role)
def test_everybody_begins_on_a_page_of_theirs(browser: Browser, role: Role) -> None:
    at = browser.open(role)
    assert not at.exception and not at.error
    first = "Outcomes" if role is Role.PRODUCT else "Patients"
    assert at.title[0].value == first


def test_nobody_is_shown_anything_without_a_sign_in(browser: Browser) -> None:
    at = browser.open(None)
    assert at.title[0].value == "Your sign-in has ended"
    assert not at.get("bidi_component")


def test_only_those_who_may_start_queries_see_the_button(browser: Browser, jane: str) -> None:
    for role, shown in [(Role.SUPPORT, True), (Role.ADMIN, True), (Role.COMPLIANCE, False)]:
        at = browser.open(role, "patient.py", patient=jane)
        assert ("Start treatment query" in [one.label for one in at.button]) is shown


def test_a_button_that_is_missing_is_not_the_guard(running_desk: Desk, jane: str) -> None:
    request = TreatmentRequest(jane, "f", Sources(hie=True), REASONS[0])
    with pytest.raises(NotPermitted):
        running_desk.query_starts.start(
            STAFF[Role.COMPLIANCE], running_desk.query_starts.new_id(), request
        )


@pytest.mark.parametrize(
    "patient", ["nonsense", "../settings", "019f6d19-e987-73ed-8493-000000000000", "é" * 300]
)
def test_a_deep_link_to_nobody_says_so(browser: Browser, patient: str) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient)
    assert at.title[0].value == "This person cannot be shown"
    assert at.error and not at.exception


def test_a_person_is_shown_with_their_queries(
    browser: Browser, running_desk: Desk, jane: str
) -> None:
    row = _start(running_desk, jane)
    at = browser.open(Role.SUPPORT, "patient.py", patient=jane)
    assert "Jane" in at.title[0].value
    assert "Start treatment query" in [one.label for one in at.button]
    shown = browser.open(Role.SUPPORT, "query.py", query=row.query.id)
    assert row.query.id in texts(shown) and not shown.exception


@pytest.mark.parametrize("query", ["nonsense", "019f6d19-e987-73ed-8493-000000000000"])
def test_a_deep_link_to_no_query_says_so(browser: Browser, query: str) -> None:
    at = browser.open(Role.SUPPORT, "query.py", query=query)
    assert at.title[0].value == "This query cannot be shown"
    assert "holds no query" in texts(at)


def test_filters_of_the_url_narrow_the_log(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "queries.py", status="Failed", purpose="IAS")
    queries = shown_list(at, "queries")
    assert set(queries.column("Status")) == {"Failed"}
    assert set(queries.column("Purpose")) == {"IAS"}


def test_rubbish_in_the_filters_breaks_nothing(browser: Browser) -> None:
    rubbish = {"status": "no-such", "from": "yesterday", "after": "zzz", "source": "'; --"}
    at = browser.open(Role.SUPPORT, "queries.py", **rubbish)
    assert not at.exception
    said = texts(at)
    assert "Status: “no-such” in the address is none of its values" in said
    assert "Source: “'; --” in the address is none of its values" in said
    assert "From: “yesterday” in the address is no date" in said
    assert "This page of the list cannot be found" in said


@pytest.mark.parametrize("page", ["queries.py", "webhooks.py"])
def test_a_first_day_after_the_last_filters_nothing_and_says_so(
    browser: Browser, page: str
) -> None:
    dates = {"from": "2026-03-02", "to": "2026-03-01"}
    at = browser.open(Role.SUPPORT, page, **dates)
    assert "From is after To" in texts(at)
    assert len(shown_list(at, page.removesuffix(".py"))) > 0


def test_older_queries_follow_without_a_gap(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "queries.py")
    first = shown_list(at, "queries")
    next(one for one in at.button if one.label == "Older").click()
    at.run()
    following = shown_list(at, "queries")
    assert not set(following.keys) & set(first.keys)
    assert following.times("Submitted")[0] <= first.times("Submitted")[-1]


def test_the_log_can_begin_with_the_oldest(browser: Browser) -> None:
    newest = shown_list(browser.open(Role.SUPPORT, "queries.py"), "queries")
    at = browser.open(Role.SUPPORT, "queries.py", order="oldest")
    oldest = shown_list(at, "queries")
    assert oldest.times("Submitted") == sorted(oldest.times("Submitted"))
    assert oldest.times("Submitted")[0] < newest.times("Submitted")[-1]
    next(one for one in at.button if one.label == "Newer").click()
    at.run()
    assert shown_list(at, "queries").times("Submitted")[0] >= oldest.times("Submitted")[-1]


@pytest.mark.parametrize("period", ["Today", "7 days", "30 days", "90 days"])
@pytest.mark.parametrize("bucket", ["Hour", "Day", "Week"])
def test_outcomes_draw_every_period_and_bucket(browser: Browser, period: str, bucket: str) -> None:
    at = browser.open(Role.ADMIN, "outcomes.py", period=period, bucket=bucket)
    assert not at.exception and not at.error
    assert len(at.metric) == 4


def test_a_longer_period_holds_more(browser: Browser) -> None:
    week = browser.open(Role.ADMIN, "outcomes.py", period="7 days").metric[0].value
    quarter = browser.open(Role.ADMIN, "outcomes.py", period="90 days").metric[0].value
    assert int(week.replace(",", "")) < int(quarter.replace(",", ""))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "status", "status": 500, "times": 99}, "failed with status 500"),
        ({"kind": "html", "times": 99}, "Metriport"),
        ({"kind": "half_body", "times": 99}, "broke off"),
        ({"kind": "status", "status": 429, "times": 99}, "rate limit"),
    ],
)
def test_an_upstream_that_fails_is_shown_as_such(
    browser: Browser, faulty: Desk, fault: dict[str, object], told: str
) -> None:
    at = browser.open(Role.SUPPORT)
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    at.form_submit_button[0].click().run()
    assert any(told in one.value.replace("\\", "") for one in at.error)
    assert not at.exception
