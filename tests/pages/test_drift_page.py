"""A person's page whose record has changed since their identity was verified."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from pages._ui.words.verdicts import VERDICT_TITLES
from services.desk import Desk
from services.identity.access_state import Aal2State, IdentityState
from services.identity.drift.proofed import DriftVerdict
from services.queries.requests import DRIFT_REASONS
from services.staff.permissions import Role
from services.store.tables import NetworkQuery, StartCheck
from tests.pages.conftest import Browser, seen, texts
from tests.pages.test_person_dialogs import change, press
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT = STAFF[Role.SUPPORT]
CHANGED = "Changed since the identity was verified: address."


def compared(desk: Desk, patient_id: str) -> DriftVerdict:
    return desk.drift.compare(SUPPORT, desk.client.get_patient(patient_id)).verdict


def verify(desk: Desk, patient_id: str) -> None:
    """Have the person verify, and wait until their record is captured."""
    Patient().do(desk.link_sender.send_verification(SUPPORT, patient_id).url)
    until(
        lambda: (
            desk.identity.of_person(SUPPORT, patient_id).identity is IdentityState.VERIFIED
            and compared(desk, patient_id) is DriftVerdict.SAME
        )
    )


@pytest.fixture
def ready_person(running_desk: Desk, fresh_person: str) -> Iterator[str]:
    """Somebody for whom an IAS query can be started."""
    verify(running_desk, fresh_person)
    Patient().do(running_desk.link_sender.send_challenge(SUPPORT, fresh_person).url)
    yield fresh_person


def opened(browser: Browser, patient_id: str) -> AppTest:
    """The person's page, with the dialog of an IAS query."""
    at = browser.open(Role.SUPPORT, "patient.py", patient=patient_id)
    return press(at, "Start IAS query")


def check_of(desk: Desk, patient_id: str) -> StartCheck | None:
    with desk.store.read() as session:
        wanted = select(StartCheck).join(
            NetworkQuery, col(NetworkQuery.id) == col(StartCheck.query_id)
        )
        return session.exec(wanted.where(NetworkQuery.patient_id == patient_id)).first()


def test_a_record_that_stayed_the_same_adds_nothing(
    browser: Browser, running_desk: Desk, ready_person: str
) -> None:
    at = opened(browser, ready_person)
    assert "Changed since" not in texts(at) and not at.exception
    assert [one for one in at.selectbox if one.key == "ias_drift_reason"] == []
    press(press(at, "Review"), "Start the query")
    check = check_of(running_desk, ready_person)
    assert check is not None and check.demographics == "same"


def test_a_change_is_seen_everywhere_and_verifying_again_ends_it(
    browser: Browser, running_desk: Desk, ready_person: str
) -> None:
    change(running_desk, ready_person, address_line1="77 Newly Moved Way")
    assert seen(browser, ready_person) == VERDICT_TITLES["demographics_drifted"]
    at = browser.open(Role.SUPPORT, "patient.py", patient=ready_person)
    assert "Record changed" in texts(at) and CHANGED in texts(at)
    assert "or give a reason at the start" in texts(at)
    # The one primary button of the page is the next step.
    assert [one.label for one in at.button if one.key == "verdict_action"] == [
        "Send verification link"
    ]
    verify(running_desk, ready_person)
    assert seen(browser, ready_person) == VERDICT_TITLES["aal2_none"]


def test_the_dialog_names_the_field_and_asks_why(
    browser: Browser, running_desk: Desk, ready_person: str
) -> None:
    change(running_desk, ready_person, address_line1="77 Newly Moved Way")
    at = opened(browser, ready_person)
    [warning] = [one.value for one in at.warning if "Changed since" in one.value]
    assert "address" in warning and "Newly" not in warning
    at = press(at, "Review")
    assert "choose why the query is right all the same" in texts(at)
    at.selectbox(key="ias_drift_reason").select(DRIFT_REASONS[-1])
    at = press(at, "Review")
    assert "Name the ticket." in texts(at)
    at.selectbox(key="ias_drift_reason").select(DRIFT_REASONS[0])
    at = press(at, "Review")
    assert DRIFT_REASONS[0] in texts(at)
    at = press(at, "Start the query")
    assert not at.exception and not at.error
    check = check_of(running_desk, ready_person)
    assert check is not None
    assert (check.drifted, check.drift_reason) == (["address"], DRIFT_REASONS[0])


def test_the_dialog_leads_to_verifying_again(
    browser: Browser, running_desk: Desk, ready_person: str
) -> None:
    change(running_desk, ready_person, address_line1="77 Newly Moved Way")
    at = opened(browser, ready_person)
    at = at.button(key="start_verify_again").click().run()
    assert "Make the link" in [one.label for one in at.button] and not at.exception


def test_a_change_behind_the_open_page_stops_the_start_and_is_shown(
    browser: Browser, running_desk: Desk, ready_person: str
) -> None:
    at = press(opened(browser, ready_person), "Review")
    change(running_desk, ready_person, address_line1="77 Newly Moved Way")
    at = press(at, "Start the query")
    assert not at.exception
    assert any("Changed since" in one.value for one in at.warning)
    assert [one.key for one in at.selectbox if one.key == "ias_drift_reason"]
    assert check_of(running_desk, ready_person) is None
    assert running_desk.identity.of_person(SUPPORT, ready_person).aal2 is Aal2State.ACTIVE


def test_a_record_that_cannot_be_read_says_that_the_session_is_left(
    browser: Browser, faulty: Desk, ready_person: str
) -> None:
    at = press(opened(browser, ready_person), "Review")
    path = f"/medical/v1/patient/{ready_person}"
    # A read is repeated, so one failure would not be seen.
    fault = {"kind": "status", "status": 500, "path": path, "times": 9}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    at = press(at, "Start the query")
    assert any("AAL2 session can still be used" in one.value for one in at.error)
    assert check_of(faulty, ready_person) is None
