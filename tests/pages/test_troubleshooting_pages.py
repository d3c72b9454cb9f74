"""The pages of the support desk: verdicts, ids that lead somewhere, webhooks, bulk, system."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from pages._ui.words.verdicts import VERDICT_TITLES
from services.desk import Desk
from services.metriport.schemas import Sources
from services.queries.requests import REASONS, TreatmentRequest
from services.staff.permissions import Role
from services.store.tables import IdentitySession, NetworkQuery, QuerySource
from services.webhooks.filters import WebhookFilters
from tests.pages.conftest import Browser, seen, texts
from tests.pages.lists import shown_list
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT, ADMIN = STAFF[Role.SUPPORT], STAFF[Role.ADMIN]


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if one.label == label)


def run_query(desk: Desk, patient_id: str, sources: Sources) -> str:
    facility = desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, sources, REASONS[0])
    query = desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)
    until(lambda: desk.queries.open(SUPPORT, query.id).query.next_check_at is None)
    return query.id


TROUBLES = [
    ("Lucinda Labelle", Sources(hie=True, lab=True), "query_partial"),
    ("Farrah Macy", Sources(pharmacy=True, lab=True), "source_not_enabled"),
    ("Hiram Fallon", Sources(hie=True, pharmacy=True), "query_partial"),
    ("Allegra Downs", Sources(pharmacy=True, lab=True), "query_failed"),
    ("Opal Outlaw", Sources(hie=True, pharmacy=True), "opted_out"),
    ("Desmond Outlaw", Sources(hie=True), "opted_out"),
    ("Opal Outlaw", Sources(pharmacy=True), "records_uncounted"),
    ("Wendell Hook", Sources(lab=True), "records_uncounted"),
]


@pytest.mark.parametrize(("name", "sources", "code"), TROUBLES)
def test_people_with_a_trouble_show_it_after_a_query(
    browser: Browser, running_desk: Desk, name: str, sources: Sources, code: str
) -> None:
    patient_id = running_desk.patients.search(SUPPORT, name).patients[0].id
    run_query(running_desk, patient_id, sources)
    assert seen(browser, patient_id) == VERDICT_TITLES[code]


def test_records_are_fetched_and_the_treatment_query_is_done(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    run_query(running_desk, fresh_person, Sources(lab=True))
    assert seen(browser, fresh_person) == VERDICT_TITLES["records_uncounted"]
    running_desk.records.fetch(SUPPORT, fresh_person)
    assert seen(browser, fresh_person) in (
        VERDICT_TITLES["records_fetching"],
        VERDICT_TITLES["treatment_done"],
    )
    until(lambda: running_desk.records.of_patient(SUPPORT, fresh_person)[0].counted_at is not None)
    assert seen(browser, fresh_person) == VERDICT_TITLES["treatment_done"]


def test_people_without_records_are_told_to_have_none(browser: Browser, running_desk: Desk) -> None:
    for name in ("Nora Blank", "Perpetua Nohr"):
        patient_id = running_desk.patients.search(SUPPORT, name).patients[0].id
        run_query(running_desk, patient_id, Sources(lab=True))
        running_desk.records.fetch(SUPPORT, patient_id)
        until(
            lambda who=patient_id: (  # type: ignore[misc]
                running_desk.records.of_patient(SUPPORT, who)[0].counted_at is not None
            )
        )
        assert seen(browser, patient_id) == VERDICT_TITLES["no_records"]


@pytest.mark.parametrize("name", ["Amos Tarry", "Linus Tarry-Okafor"])
def test_slow_people_run_and_are_then_told_to_be_slow(
    browser: Browser, faulty: Desk, name: str
) -> None:
    faulty.http.post("/_control", json={"speed": 0.01}).raise_for_status()
    patient_id = faulty.patients.search(SUPPORT, name).patients[0].id
    facility = faulty.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, Sources(pharmacy=True), REASONS[0])
    query = faulty.query_starts.start(SUPPORT, faulty.query_starts.new_id(), request)
    faulty.http.post("/_control", json={"speed": 200}).raise_for_status()
    assert seen(browser, patient_id) == VERDICT_TITLES["query_processing"]
    # As if it had been started an hour ago.
    with faulty.store.write() as session:
        for row in [
            session.get_one(NetworkQuery, query.id),
            *session.exec(select(QuerySource).where(QuerySource.query_id == query.id)),
        ]:
            for name in ("submitted_at", "started_at"):
                if getattr(row, name, None):
                    setattr(row, name, getattr(row, name) - timedelta(hours=1))
            session.add(row)
    assert seen(browser, patient_id) == VERDICT_TITLES["query_slow"]


def test_a_confirmation_that_never_comes(
    browser: Browser, faulty: Desk, fresh_person: str, other_person: str
) -> None:
    """The webhook is lost; then upstream says that it cannot deliver, which is why."""
    assert faulty.system.sandbox is not None
    faulty.system.sandbox.switch_on(ADMIN, "lost_webhooks")
    Patient().do(faulty.link_sender.send_verification(SUPPORT, fresh_person).url)
    assert seen(browser, fresh_person) == VERDICT_TITLES["identity_returned"]
    sent = faulty.identity.of_person(SUPPORT, fresh_person).facts.verification
    assert sent is not None
    with faulty.store.write() as session:
        row = session.get_one(IdentitySession, sent.target)
        assert row.returned_at is not None
        row.returned_at -= timedelta(minutes=2)
        session.add(row)
    assert seen(browser, fresh_person) == VERDICT_TITLES["identity_overdue"]
    faulty.system.sandbox.clear(ADMIN)
    faulty.system.sandbox.switch_on(ADMIN, "failing_webhooks")
    run_query(faulty, other_person, Sources(lab=True))
    until(lambda: bool(faulty.client.get_delivery_status().webhook_requests_failed))
    faulty.delivery_status.forget()
    until(lambda: bool(faulty.delivery_status.status().webhook_requests_failed))
    assert seen(browser, fresh_person) == VERDICT_TITLES["deliveries_failing"]
    faulty.system.sandbox.clear(ADMIN)
    faulty.deliveries.retry(ADMIN)
    until(lambda: not faulty.client.get_delivery_status().webhook_requests_failed)
    faulty.delivery_status.forget()


def test_the_verdict_follows_a_person_on_their_way(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    def sees(code: str) -> bool:
        at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
        assert not at.exception
        return f"{VERDICT_TITLES[code]}]" in texts(at)

    desk, patient = running_desk, Patient()
    link = desk.link_sender.send_verification(SUPPORT, fresh_person)
    assert sees("identity_unopened")
    hosted = patient.press_continue(link.url)
    assert sees("identity_opened")
    back = patient.answer(hosted)
    patient.come_back(back)
    until(lambda: bool(desk.identity.of_person(SUPPORT, fresh_person).facts.identity))
    assert sees("aal2_none")
    challenge = desk.link_sender.send_challenge(SUPPORT, fresh_person)
    assert sees("aal2_unopened")
    hosted = patient.press_continue(challenge.url)
    assert sees("aal2_opened")
    patient.come_back(patient.answer(hosted))
    assert sees("aal2_active")


def test_nobody_is_a_verdict_too(browser: Browser) -> None:
    nobody = "019f6d19-e987-73ed-8493-000000000000"
    at = browser.open(Role.SUPPORT, "patient.py", patient=nobody)
    assert f"{VERDICT_TITLES['no_such_patient']}]" in texts(at)


def test_an_unreachable_upstream_is_a_verdict_too(browser: Browser, faulty: Desk) -> None:
    fault = {"kind": "status", "status": 500, "times": 99}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    nobody = "019f6d19-e987-73ed-8493-000000000001"
    at = browser.open(Role.SUPPORT, "patient.py", patient=nobody)
    assert f"{VERDICT_TITLES['unreachable']}]" in texts(at)


def test_search_results_show_the_verdict(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py", identity="Inactive")
    assert set(shown_list(at, "patients").column("Verdict")) & set(VERDICT_TITLES.values())


def test_a_message_opens_and_is_replayed_by_an_admin(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    query_id = run_query(running_desk, fresh_person, Sources(lab=True))
    request_id = running_desk.queries.open(SUPPORT, query_id).query.request_id
    found = running_desk.inbox.search(SUPPORT, WebhookFilters(about=request_id), None)
    event = found.rows[0]
    at = browser.open(Role.SUPPORT, "webhook.py", message=event.id)
    assert event.id in texts(at) and "Replay" not in [one.label for one in at.button]
    at = browser.open(Role.ADMIN, "webhook.py", message=event.id)
    button(at, "Replay").click().run()
    assert not at.exception and not at.error
    until(lambda: running_desk.inbox.open(SUPPORT, event.id).replays == 1)
    button(at, "Show the body").click().run()
    assert any("Choose why" in one.value for one in at.error)


@pytest.mark.parametrize("message", ["", "nonsense", "019f6d19-e987-73ed-8493-000000000000"])
def test_a_deep_link_to_no_message_says_so(browser: Browser, message: str) -> None:
    at = browser.open(Role.SUPPORT, "webhook.py", message=message)
    assert at.title[0].value == "This message cannot be shown"


def test_a_selection_is_counted_before_it_is_replayed(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "webhooks.py", type="no.such.type")
    button(at, "Replay all that match").click().run()
    assert "messages** of this selection" in texts(at) and not at.exception


def test_an_empty_list_is_asked_for(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "bulk.py")
    button(at, "Check the list").click().run()
    assert "Paste ids" in texts(at)
    at.text_area[0].set_value("x-1")
    at.run()
    assert "has changed" not in texts(at)


def test_a_list_that_changed_is_checked_again(browser: Browser, fresh_person: str) -> None:
    at = browser.open(Role.SUPPORT, "bulk.py")
    at.text_area[0].set_value(fresh_person)
    button(at, "Check the list").click().run()
    assert button(at, "Start 1 queries")
    at.text_area[0].set_value("019f6d19-e987-73ed-8493-000000000002").run()
    assert "has changed" in texts(at)
    assert not [one for one in at.button if one.label.startswith("Start 1")]


@pytest.mark.parametrize(("lines", "told"), [(10_000, "**0 people**"), (10_001, "At most 10,000")])
def test_a_list_of_ten_thousand_lines_is_checked_and_no_longer_one(
    browser: Browser, lines: int, told: str
) -> None:
    at = browser.open(Role.SUPPORT, "bulk.py")
    nobody = "\n".join(f"019f6d19-e987-73ed-8493-{number:012}" for number in range(lines))
    at.text_area[0].set_value(nobody)
    button(at, "Check the list").click().run()
    assert told in texts(at).replace("\\", "") and not at.exception


def test_a_list_is_checked_before_anything_starts(browser: Browser, fresh_person: str) -> None:
    nobody = "019f6d19-e987-73ed-8493-000000000002"
    at = browser.open(Role.SUPPORT, "bulk.py")
    at.text_area[0].set_value(f"id\n{fresh_person}\r\n\n{fresh_person}\nx-1\n{nobody}\n")
    button(at, "Check the list").click().run()
    told = texts(at)
    for words in ("**1 people**", "1 ids are repeated", "1 lines hold no", "1 ids are unknown"):
        assert words in told
    button(at, "Start 1 queries").click().run()
    assert "Choose the treating facility." in texts(at) and not at.exception


def test_the_sandbox_is_made_to_fail_and_mended(browser: Browser, faulty: Desk) -> None:
    at = browser.open(Role.ADMIN, "system.py")
    assert not at.exception and not at.error
    button(at, "Switch it on").click().run()
    assert len(faulty.http.get("/_control").json()["faults"]) == 1
    button(at, "Clear all faults").click().run()
    assert faulty.http.get("/_control").json()["faults"] == []


def test_a_query_that_ended_elsewhere_is_told(
    browser: Browser, faulty: Desk, fresh_person: str
) -> None:
    faulty.http.post("/_control", json={"speed": 4}).raise_for_status()
    facility = faulty.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(fresh_person, facility, Sources(lab=True), REASONS[0])
    query = faulty.query_starts.start(SUPPORT, faulty.query_starts.new_id(), request)
    faulty.http.post("/_control", json={"speed": 200}).raise_for_status()
    at = browser.open(Role.SUPPORT, "outcomes.py")
    assert not at.toast
    until(lambda: faulty.queries.open(SUPPORT, query.id).query.finished_at is not None)
    at.run()
    assert any("query" in one.value and "completed" in one.value for one in at.toast)
    at.run()
    assert not at.toast


def test_no_announcement_of_what_the_viewer_looks_at_or_others_did(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    at.session_state["awaited_queries"] = {run_query(running_desk, fresh_person, Sources(lab=True))}
    at.run()
    assert not at.toast
    at = browser.open(Role.ADMIN, "outcomes.py")
    run_query(running_desk, fresh_person, Sources(lab=True))
    at.run()
    assert not at.toast
