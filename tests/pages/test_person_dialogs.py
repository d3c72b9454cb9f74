"""The dialogs on a person's page: correcting, opting out, and the link that is shown once."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from pages._ui.adoption.marked import MARK
from pages._ui.dialogs.change_flag import OPT_OUT, RELATIONSHIP
from pages._ui.dialogs.edit_patient import EDIT
from pages._ui.dialogs.patient_fields import LABELS, NO_AUTOFILL
from pages._ui.dialogs.send_link import VERIFICATION
from pages._ui.dialogs.withdraw_link import WITHDRAW
from services.desk import Desk
from services.identity.access_state import IdentityState
from services.patients.corrections import CORRECTION_REASONS
from services.patients.form import PatientForm
from services.staff.permissions import Role
from services.staff.reasons import Grounds
from services.store.tables import PatientLink
from tests.pages.conftest import Browser, texts
from tests.pages.test_access_pages import shown_links
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]
WHY = Grounds(CORRECTION_REASONS[0])


def opened(browser: Browser, dialog: str, patient_id: str) -> AppTest:
    """The person's page with that dialog open."""
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    at.session_state["open_dialog"] = (dialog, patient_id, None)
    return at.run()


def press(at: AppTest, label: str) -> AppTest:
    """The page after the last button of that label was pressed."""
    [*_, button] = [one for one in at.button if one.label == label]
    return button.click().run()


def fill(at: AppTest, **typed: str) -> None:
    for name, text in typed.items():
        at.text_input(key=f"edit_patient_{name}").set_value(text)


def facts_of(at: AppTest) -> dict[str, str]:
    """What the head of the page says of the person."""
    found: list[Any] = list(at.get("bidi_component"))
    [facts] = [one for one in found if one.proto.component_name == "access_desk_facts"][:1]
    return {fact["name"]: fact["value"] for fact in json.loads(facts.proto.json)["facts"]}


def focused(at: AppTest) -> str | None:
    """The key of the field that was given the cursor."""
    found: list[Any] = list(at.get("bidi_component"))
    given = [one for one in found if one.proto.component_name == "access_desk_focus"]
    return json.loads(given[0].proto.json)["key"] if given else None


def change(desk: Desk, patient_id: str, **fields: str) -> None:
    """Somebody else corrects the person."""
    before = desk.patients.open(SUPPORT, patient_id)
    form = replace(PatientForm.of(before, before.facility_ids[0]), **fields)
    desk.corrections.correct(SUPPORT, before, form, WHY)


def test_a_corrected_person_is_shown_at_once(browser: Browser, fresh_person: str) -> None:
    at = opened(browser, EDIT, fresh_person)
    fill(at, city="Newtown", phone="+1 (503) 555-0142", email="new@example.com", dob="3/31/1973")
    at.selectbox(key="edit_patient_reason").select(CORRECTION_REASONS[0])
    at = press(at, "Save")
    assert not at.exception and not at.error
    assert "Newtown" in texts(at) and "Born 1973-03-31" in texts(at)
    assert facts_of(at)["Telephone"] == "503-555-0142"
    assert facts_of(at)["E-mail"] == "new@example.com"
    assert "edit_patient_city" not in [one.key for one in at.text_input]


def test_what_is_wrong_stands_beside_its_field_and_has_the_cursor(
    browser: Browser, fresh_person: str
) -> None:
    at = opened(browser, EDIT, fresh_person)
    fill(at, zip="1", email="nobody")
    at = press(at, "Save")
    said = texts(at)
    assert "Five digits" in said and "name@example.com" in said and "Choose a reason" in said
    assert focused(at) == "edit_patient_zip"
    assert at.text_input(key="edit_patient_email").value == "nobody"
    fill(at, zip="97403", email="")
    assert focused(press(at, "Save")) == "edit_patient_reason"


def test_browsers_offer_nothing_of_their_owner(browser: Browser, fresh_person: str) -> None:
    at = opened(browser, EDIT, fresh_person)
    keys = {f"edit_patient_{name}" for name in LABELS}
    given = {one.key: one.proto.autocomplete for one in at.text_input if one.key in keys}
    assert len(given) == 10 and set(given.values()) == {NO_AUTOFILL}


def test_a_conflict_shows_both_sides_and_loses_nothing(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = opened(browser, EDIT, fresh_person)
    fill(at, city="Ourtown", address_line2="#4")
    at.selectbox(key="edit_patient_reason").select(CORRECTION_REASONS[0])
    change(running_desk, fresh_person, city="Theirtown", email="theirs@example.com")
    at = press(at, "Save")
    assert "Somebody changed this person while you typed" in texts(at)
    city, email = at.radio(key="edit_conflict_city"), at.radio(key="edit_conflict_email")
    assert [option.split(": ")[1] for option in city.options] == ["Ourtown", "Theirtown"]
    assert city.value is None and email.value == "Metriport’s now"
    at = press(at, "Save the choice")
    assert any("Choose for: city" in one.value for one in at.error)
    at = press(at, "Back to the form")
    assert at.text_input(key="edit_patient_city").value == "Ourtown"
    assert at.text_input(key="edit_patient_address_line2").value == "#4"
    assert at.text_input(key="edit_patient_email").value == "theirs@example.com"
    at = press(at, "Save")
    assert not at.exception and not at.error
    now = PatientForm.of(running_desk.patients.open(SUPPORT, fresh_person))
    assert (now.city, now.address_line2, now.email) == ("Ourtown", "#4", "theirs@example.com")


def test_of_a_conflict_each_field_is_chosen(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = opened(browser, EDIT, fresh_person)
    fill(at, city="Ourtown", zip="97403-1234")
    at.selectbox(key="edit_patient_reason").select(CORRECTION_REASONS[0])
    change(running_desk, fresh_person, city="Theirtown")
    at = press(at, "Save")
    at.radio(key="edit_conflict_city").set_value("Metriport’s now")
    at = press(at, "Save the choice")
    assert not at.exception and not at.error
    now = PatientForm.of(running_desk.patients.open(SUPPORT, fresh_person))
    assert (now.city, now.zip) == ("Theirtown", "97403")


def test_who_cannot_be_reached_is_completed_from_the_first_step(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    # Some people have neither from the start: another field makes it a correction all the same.
    change(running_desk, fresh_person, phone="", email="", address_line2="Unit 7")
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    assert "Metriport lacks: e-mail or mobile" in texts(at)
    at = press(at, "Correct details")
    assert at.text_input(key="edit_patient_city").value
    at = browser.open(Role.COMPLIANCE, "patient.py", patient=fresh_person)
    assert "Correct details" not in [one.label for one in at.button]


def test_each_role_may_change_what_is_its_own(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    changes, mark = ["Correct details", "HIE exchange", "Treatment relationship"], MARK
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    assert list(at.menu_button(key="change_person").options) == [*changes, mark]
    running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    at = browser.open(Role.ADMIN, "patient.py", patient=fresh_person)
    assert list(at.menu_button(key="change_person").options) == [
        *changes, WITHDRAW[VERIFICATION], mark,
    ]  # fmt: skip
    at = browser.open(Role.COMPLIANCE, "patient.py", patient=fresh_person)
    assert [one.key for one in at.menu_button] == ["their_data"] and "Telephone" in facts_of(at)


@pytest.mark.parametrize(
    ("dialog", "value", "effect", "afterwards"),
    [
        (OPT_OUT, True, "HIE sources are not asked", "Opted out of HIE exchange"),
        (RELATIONSHIP, False, "out of all treatment cohorts", "No treatment relationship"),
    ],
)
def test_what_a_change_does_is_said_before_it_is_made(
    browser: Browser, fresh_person: str, dialog: str, value: bool, effect: str, afterwards: str
) -> None:
    at = opened(browser, dialog, fresh_person)
    assert "Change it" not in [one.label for one in at.button]
    at = at.radio(key="flag_value").set_value(value).run()
    assert effect in texts(at)
    at = press(at, "Change it")
    assert "Choose a reason" in texts(at) and focused(at) == "flag_reason"
    at.selectbox(key="flag_reason").select("Mistake at entry")
    at = press(at, "Change it")
    assert not at.exception and not at.error
    assert afterwards in texts(at)


def _row(desk: Desk, patient_id: str) -> PatientLink:
    with desk.store.read() as session:
        wanted = select(PatientLink).where(PatientLink.patient_id == patient_id)
        return session.exec(wanted).one()


def test_a_link_that_nobody_sent_is_not_closed_unasked(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = press(opened(browser, VERIFICATION, fresh_person), "Make the link")
    [link] = shown_links(at)
    at = press(at, "Done")
    assert "neither copied nor marked as sent" in texts(at) and shown_links(at) == [link]
    at = press(at, "Back to the link")
    at = at.pills(key="link_way").set_value("email").run()
    row = _row(running_desk, fresh_person)
    assert row.sent_by_way == "email" and row.sent_at is not None
    at = press(at, "Done")
    assert shown_links(at) == [] and not at.exception
    assert "Sent by e-mail" in texts(at)


def test_a_link_is_withdrawn_from_its_own_dialog(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = press(opened(browser, VERIFICATION, fresh_person), "Make the link")
    at = press(press(at, "Done"), "Withdraw it and close")
    assert shown_links(at) == [] and not at.exception
    assert _row(running_desk, fresh_person).withdrawn_at is not None
    standing = running_desk.identity.standings(SUPPORT, [fresh_person])[fresh_person]
    assert standing.identity is IdentityState.NONE


def test_a_link_is_withdrawn_from_the_page(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    running_desk.link_sender.send_verification(SUPPORT, fresh_person)
    at = opened(browser, WITHDRAW[VERIFICATION], fresh_person)
    assert "not sent yet" in texts(at) and "stays open" in texts(at)
    at = press(at, "Withdraw it")
    assert _row(running_desk, fresh_person).withdrawn_at is not None
    at = opened(browser, WITHDRAW[VERIFICATION], fresh_person)
    assert "nothing to withdraw" in texts(at)


def test_a_search_of_before_does_not_show_the_old_name(
    browser: Browser, fresh_person: str, running_desk: Desk
) -> None:
    old = running_desk.patients.open(SUPPORT, fresh_person)
    at = browser.open(Role.SUPPORT, "patients.py")
    at.text_input[0].set_value(f'"{old.full_name}"')
    at = press(at, "Search")
    assert "patients_results" in at.session_state
    at.switch_page("patient.py")
    at.query_params["patient"] = fresh_person
    at.session_state["open_dialog"] = (EDIT, fresh_person, None)
    fill(at.run(), last_name="Newname")
    at.selectbox(key="edit_patient_reason").select(CORRECTION_REASONS[0])
    at = press(at, "Save")
    assert "patients_results" not in at.session_state
