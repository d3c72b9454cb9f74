"""Returns over real HTTP that another page in the person's browser caused."""

import pytest

from services.desk import Desk
from services.identity.access_state import Aal2State, IdentityState
from services.identity.individual_access import Standing
from services.metriport.schemas import Sources
from services.queries.requests import IasRequest
from services.staff.permissions import Role
from services.store.tables import NetworkQuery
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT = STAFF[Role.SUPPORT]
NAVIGATION = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}


@pytest.fixture
def patient() -> Patient:
    """The person who was sent the link."""
    return Patient()


@pytest.fixture
def verified(running_desk: Desk, fresh_person: str) -> str:
    """A person whose identity is verified."""
    Patient().do(running_desk.link_sender.send_verification(SUPPORT, fresh_person).url)
    until(lambda: _standing(running_desk, fresh_person).identity is IdentityState.VERIFIED)
    return fresh_person


def _standing(desk: Desk, patient_id: str) -> Standing:
    return desk.identity.standings(SUPPORT, [patient_id])[patient_id]


def _continue(desk: Desk, patient: Patient, patient_id: str) -> str:
    """Press Continue on a new challenge; the hosted page."""
    return patient.press_continue(desk.link_sender.send_challenge(SUPPORT, patient_id).url)


def _forge(desk: Desk, patient: Patient, query: str, **headers: str) -> int:
    """Another page sends the person's browser to the return address; the status of the answer."""
    url = f"{desk.link_sender.return_url('aal2')}?{query}"
    sent = NAVIGATION | {name.replace("_", "-"): value for name, value in headers.items()}
    return patient.send("GET", url, headers=sent).status_code


def _start(desk: Desk, patient_id: str) -> NetworkQuery:
    request = IasRequest(patient_id, Sources(hie=True))
    return desk.query_starts.start(SUPPORT, desk.query_starts.new_id(), request)


@pytest.mark.parametrize("forged", ["verified&aal2SessionId=aal2_x", "failed"])
def test_the_real_return_after_a_forged_one_wins(
    running_desk: Desk, verified: str, patient: Patient, forged: str
) -> None:
    hosted = _continue(running_desk, patient, verified)
    assert _forge(running_desk, patient, f"status={forged}") == 303
    assert "it is you" in patient.come_back(patient.answer(hosted)).text
    challenge = _standing(running_desk, verified).facts.challenge
    assert challenge and challenge.contested and challenge.returns == 2
    assert _start(running_desk, verified).request_id
    assert _standing(running_desk, verified).aal2 is Aal2State.USED


def test_the_real_return_before_a_forged_one_wins(
    running_desk: Desk, verified: str, patient: Patient
) -> None:
    """Upstream refuses the forged session, and the next query brings the real one along."""
    patient.come_back(patient.answer(_continue(running_desk, patient, verified)))
    assert _forge(running_desk, patient, "status=verified&aal2SessionId=aal2_later") == 303
    assert _standing(running_desk, verified).facts.candidates == 2
    first = _start(running_desk, verified)
    assert (first.status, first.request_id) == ("rejected", None)
    assert _standing(running_desk, verified).aal2 is Aal2State.ACTIVE
    assert _start(running_desk, verified).request_id
    assert _standing(running_desk, verified).aal2 is Aal2State.USED


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_dest": "image", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_dest": "iframe"},
        {"sec_fetch_dest": "empty", "sec_fetch_mode": "cors"},
        {"sec_purpose": "prefetch;prerender"},
    ],
)
def test_what_is_no_window_is_refused_and_changes_nothing(
    running_desk: Desk, verified: str, patient: Patient, headers: dict[str, str]
) -> None:
    hosted = _continue(running_desk, patient, verified)
    query = "status=verified&aal2SessionId=aal2_hidden"
    assert _forge(running_desk, patient, query, **headers) == 403
    assert _standing(running_desk, verified).aal2 is Aal2State.OPENED
    assert "it is you" in patient.come_back(patient.answer(hosted)).text
    challenge = _standing(running_desk, verified).facts.challenge
    assert challenge and not challenge.contested
