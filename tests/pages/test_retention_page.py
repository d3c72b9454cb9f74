"""The page Retention, and what a person may ask for on their page, in every role."""

import json
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from pages._ui.retention.their_data import ERASE, EXPORT, HOLD
from services.compliance.retention.kept import KEPT
from services.compliance.retention.retention import HOLD_REASONS, LIFT_REASONS, HoldRequest
from services.compliance.rights.patient_rights import ERASE_REASONS
from services.desk import Desk
from services.staff.permissions import Role
from services.staff.reasons import Grounds
from services.store.tables import LegalHold
from tests.pages.conftest import Browser, texts
from tests.staff_members import STAFF

CARLA = STAFF[Role.COMPLIANCE]
WHY = Grounds(HOLD_REASONS[0], "LEG-1")


def lists(at: AppTest) -> dict[str, list[list[Any]]]:
    """The cells of every list, by its key."""
    found: list[Any] = list(at.get("bidi_component"))
    datas = [
        json.loads(one.proto.json)
        for one in found
        if one.proto.component_name == "access_desk_list"
    ]
    return {data["name"]: [row["cells"] for row in data["rows"]] for data in datas}


def press(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def with_dialog(browser: Browser, name: str) -> AppTest:
    """The page with that dialog open: a test's browser loses it where a page draws itself anew."""
    at = browser.open(Role.COMPLIANCE, "retention.py")
    at.session_state["open_dialog"] = (name, "retention", None)
    return at.run()


def holds_of(desk: Desk, patient_id: str) -> list[LegalHold]:
    with desk.store.read() as session:
        wanted = select(LegalHold).where(LegalHold.patient_id == patient_id)
        return list(session.exec(wanted).all())


def test_it_shows_all_that_is_kept(browser: Browser) -> None:
    at = browser.open(Role.COMPLIANCE, "retention.py")
    assert not at.exception
    rows = lists(at)["kept"]
    assert len(rows) == len(KEPT)
    assert rows[0][1] == {"text": "6 years", "whole": "The setting RETENTION_LOG"}


def test_a_hold_is_set_in_its_dialog_shown_and_lifted(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = with_dialog(browser, "set hold")
    at.text_input(key="hold_patient").set_value(fresh_person)
    press(at, "set_hold")
    assert "Choose a reason." in texts(at)
    at.selectbox(key="hold_reason").select(HOLD_REASONS[1])
    press(at, "set_hold")
    (hold,) = holds_of(running_desk, fresh_person)
    assert hold.reason == HOLD_REASONS[1]
    at = browser.open(Role.COMPLIANCE, "retention.py")
    assert any(fresh_person in str(cells[0]) for cells in lists(at)["holds"])
    at.session_state["open_dialog"] = ("lift hold", "retention", hold.id)
    at.run()
    at.selectbox(key="lift_reason").select(LIFT_REASONS[0])
    press(at, "lift_hold")
    (hold,) = holds_of(running_desk, fresh_person)
    assert hold.lifted_reason == LIFT_REASONS[0]
    at = browser.open(Role.ADMIN, "retention.py")
    assert any(fresh_person in str(cells[0]) for cells in lists(at)["lifted_holds"])


def test_a_hold_on_nothing_says_so(browser: Browser) -> None:
    at = with_dialog(browser, "set hold")
    at.selectbox(key="hold_reason").select(HOLD_REASONS[0])
    press(at, "set_hold")
    assert "Name a person, or choose days." in texts(at)


def test_an_incident_is_counted_before_its_packet_is_offered(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    running_desk.patients.open(STAFF[Role.SUPPORT], fresh_person)
    at = with_dialog(browser, "incident packet")
    at.text_area(key="incident_people").set_value(f"Case of {fresh_person}, please look")
    at.selectbox(key="incident_reason").select("Suspected breach")
    press(at, "incident_count")
    assert not at.exception
    assert "about **1 person**" in texts(at)
    assert len(at.get("download_button")) == 2


def test_an_incident_without_filters_or_with_a_name_is_refused(browser: Browser) -> None:
    at = with_dialog(browser, "incident packet")
    at.selectbox(key="incident_reason").select("Suspected breach")
    press(at, "incident_count")
    assert "Name people, a member of the staff, or days." in texts(at)
    at.text_area(key="incident_people").set_value("Jane Miller")
    press(at, "incident_count")
    assert "No patient id was found" in texts(at)


def _menu(at: AppTest) -> list[Any]:
    return [one for one in at.get("menu_button") if "Their data" in str(one.proto)]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE, Role.ADMIN])
def test_who_may_finds_the_menu_on_the_persons_page(
    browser: Browser, fresh_person: str, role: Role
) -> None:
    at = browser.open(role, "patient.py", patient=fresh_person)
    assert not at.exception
    assert bool(_menu(at)) is (role is not Role.SUPPORT)


def _opened(browser: Browser, dialog: str, patient_id: str) -> AppTest:
    at = browser.open(Role.COMPLIANCE, "patient.py", patient=patient_id)
    at.session_state["open_dialog"] = (dialog, patient_id, None)
    return at.run()


def test_the_export_is_offered_with_a_reason_only(browser: Browser, fresh_person: str) -> None:
    at = _opened(browser, EXPORT, fresh_person)
    (button,) = at.get("download_button")
    assert button.proto.disabled
    at.selectbox(key="export_person_reason").select(ERASE_REASONS[0]).run()
    (button,) = at.get("download_button")
    assert not button.proto.disabled


def test_the_erasure_says_before_and_afterwards_what_it_takes(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = _opened(browser, ERASE, fresh_person)
    assert "Will be erased at once" in texts(at) and "Events of the access log" in texts(at)
    press(at, "erase_person")
    assert "Choose a reason." in texts(at)
    at.selectbox(key="erase_reason").select(ERASE_REASONS[0])
    press(at, "erase_person")
    at.run()
    assert "It is erased, for good." in [element.value for element in at.success]
    assert "Metriport" in texts(at)


def test_a_held_person_is_not_erased(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    running_desk.retention.set_hold(CARLA, HoldRequest(fresh_person), WHY)
    at = _opened(browser, ERASE, fresh_person)
    assert "A legal hold covers this person’s data." in texts(at)
    assert not [button for button in at.button if button.key == "erase_person"]


def test_a_hold_is_set_on_the_persons_page(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = _opened(browser, HOLD, fresh_person)
    at.selectbox(key="hold_reason").select(HOLD_REASONS[0])
    press(at, "set_hold")
    assert [hold.patient_id for hold in holds_of(running_desk, fresh_person)] == [fresh_person]
