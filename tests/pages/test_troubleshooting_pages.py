"""The pages of the support desk: verdicts, ids that lead somewhere, webhooks, bulk, system."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.verdict_panel import TITLES
from services.access import Role
from services.bootstrap import Desk
from services.metriport.schemas import Sources
from services.query_requests import REASONS, TreatmentRequest
from services.sign_in import SANDBOX_STAFF
from tests.pages.conftest import Browser, texts
from tests.patient import Patient
from tests.waiting import until

SUPPORT = SANDBOX_STAFF[Role.SUPPORT]


def button(at: AppTest, label: str) -> Any:
    return next(one for one in at.button if one.label == label)


def run_query(desk: Desk, patient_id: str, sources: Sources) -> str:
    facility = desk.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, sources, REASONS[0])
    query = desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)
    until(lambda: desk.queries.watch(SUPPORT, query.id).query.next_check_at is None)
    return query.id


TROUBLES = [
    ("Lucinda Labelle", Sources(hie=True, lab=True), "query_partial"),
    ("Farrah Macy", Sources(pharmacy=True, lab=True), "source_not_enabled"),
    ("Hiram Fallon", Sources(hie=True, pharmacy=True), "query_partial"),
    ("Allegra Downs", Sources(pharmacy=True, lab=True), "query_failed"),
    ("Opal Outlaw", Sources(pharmacy=True), "opted_out"),
    ("Desmond Outlaw", Sources(lab=True), "opted_out"),
    ("Wendell Hook", Sources(lab=True), "records_uncounted"),
]


@pytest.mark.parametrize(("name", "sources", "code"), TROUBLES)
def test_every_trouble_person_has_their_verdict_on_the_page(
    browser: Browser, running_desk: Desk, name: str, sources: Sources, code: str
) -> None:
    patient_id = running_desk.patients.search(SUPPORT, name).patients[0].id
    run_query(running_desk, patient_id, sources)
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    assert f"{TITLES[code]}]" in texts(at) and not at.exception


def test_a_person_of_whom_nothing_is_known_is_shown_as_such(
    browser: Browser, running_desk: Desk
) -> None:
    for name in ("Nora Blank", "Perpetua Nohr"):
        patient_id = running_desk.patients.search(SUPPORT, name).patients[0].id
        run_query(running_desk, patient_id, Sources(lab=True))
        running_desk.records.fetch(SUPPORT, patient_id)
        until(
            lambda who=patient_id: (  # type: ignore[misc]
                running_desk.records.of_patient(SUPPORT, who)[0].counted_at is not None
            )
        )
        at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
        assert f"{TITLES['no_records']}]" in texts(at)


def test_a_slow_person_is_told_to_be_slow(browser: Browser, faulty: Desk) -> None:
    faulty.http.post("/_control", json={"speed": 0.01}).raise_for_status()
    patient_id = faulty.patients.search(SUPPORT, "Amos Tarry").patients[0].id
    facility = faulty.patients.facilities(SUPPORT)[0].id
    request = TreatmentRequest(patient_id, facility, Sources(pharmacy=True), REASONS[0])
    faulty.query_starts.start(SUPPORT, faulty.query_starts.new_id(), request)
    faulty.http.post("/_control", json={"speed": 200}).raise_for_status()
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    running = {f"{TITLES[code]}]" for code in ("query_processing", "query_slow")}
    assert any(one in texts(at) for one in running)


def test_an_inactive_identity_is_the_verdict(browser: Browser, running_desk: Desk) -> None:
    patient_id = running_desk.patients.search(SUPPORT, "Ina Lapsley").patients[0].id
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    assert f"{TITLES['identity_inactive']}]" in texts(at)


def test_the_verdict_follows_a_person_on_their_way(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    def sees(code: str) -> bool:
        at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
        assert not at.exception
        return f"{TITLES[code]}]" in texts(at)

    desk, patient = running_desk, Patient()
    link = desk.identity.send_verification(SUPPORT, fresh_person)
    assert sees("identity_unopened")
    hosted = patient.press_continue(link.url)
    assert sees("identity_opened")
    back = patient.answer(hosted)
    patient.come_back(back)
    until(lambda: bool(desk.identity.watch(SUPPORT, fresh_person).facts.identity))
    assert sees("aal2_none") or sees("records_uncounted")
    challenge = desk.identity.send_challenge(SUPPORT, fresh_person)
    assert sees("aal2_unopened")
    hosted = patient.press_continue(challenge.url)
    assert sees("aal2_opened")
    patient.come_back(patient.answer(hosted))
    assert sees("aal2_active")


def test_nobody_is_a_verdict_too(browser: Browser) -> None:
    nobody = "019f6d19-e987-73ed-8493-000000000000"
    at = browser.open(Role.SUPPORT, "patient.py", patient=nobody)
    assert f"{TITLES['no_such_patient']}]" in texts(at)


def test_an_unreachable_upstream_is_a_verdict_too(browser: Browser, faulty: Desk) -> None:
    fault = {"kind": "status", "status": 500, "times": 9}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    nobody = "019f6d19-e987-73ed-8493-000000000001"
    at = browser.open(Role.SUPPORT, "patient.py", patient=nobody)
    assert f"{TITLES['unreachable']}]" in texts(at)


def test_search_results_show_the_verdict(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py", identity="Inactive")
    assert set(at.dataframe[0].value["Verdict"].explode()) & set(TITLES.values())


def test_a_message_opens_and_is_replayed_by_an_admin(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    query_id = run_query(running_desk, fresh_person, Sources(lab=True))
    event = running_desk.queries.watch(SUPPORT, query_id).webhooks[0]
    at = browser.open(Role.SUPPORT, "webhook.py", message=event.id)
    assert event.id in texts(at) and "Replay" not in [one.label for one in at.button]
    at = browser.open(Role.ADMIN, "webhook.py", message=event.id)
    button(at, "Replay").click().run()
    assert not at.exception and not at.error
    until(lambda: running_desk.inbox.watch(SUPPORT, event.id).replays == 1)
    button(at, "Show the body").click().run()
    assert any("Choose why" in one.value for one in at.error)


@pytest.mark.parametrize("message", ["", "nonsense", "019f6d19-e987-73ed-8493-000000000000"])
def test_a_deep_link_to_no_message_says_so(browser: Browser, message: str) -> None:
    at = browser.open(Role.SUPPORT, "webhook.py", message=message)
    assert at.title[0].value == "This message cannot be shown"


def test_a_selection_is_counted_before_it_is_replayed(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "webhooks.py", type="no.such.type")
    button(at, "Replay this selection").click().run()
    assert "messages** of this selection" in texts(at) and not at.exception


def test_a_list_is_checked_before_anything_starts(browser: Browser, fresh_person: str) -> None:
    nobody = "019f6d19-e987-73ed-8493-000000000002"
    at = browser.open(Role.SUPPORT, "bulk.py")
    at.text_area[0].set_value(f"id\n{fresh_person}\r\n\n{fresh_person}\nx-1\n{nobody}\n")
    button(at, "Check the list").click().run()
    told = texts(at)
    for words in ("**1 people**", "1 lines repeat", "1 lines hold no", "1 ids are unknown"):
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
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "outcomes.py")
    run_query(running_desk, fresh_person, Sources(lab=True))
    at.run()
    assert any("query" in one.value and "completed" in one.value for one in at.toast)
    at.run()
    assert not at.toast
