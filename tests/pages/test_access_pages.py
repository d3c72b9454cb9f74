"""Individual access on the pages, as each role sees it."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.identity.access_state import IdentityState
from services.identity.completeness import missing_for_access, missing_names
from services.metriport.schemas import Patient as WirePatient
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.lists import shown_list
from tests.patient import Patient
from tests.staff_members import STAFF
from tests.waiting import until

SUPPORT = STAFF[Role.SUPPORT]
ACTIONS = {"Send verification link", "Send challenge", "Start IAS query"}


def button(at: AppTest, label: str) -> object:
    return next(one for one in at.button if one.label == label)


def shown_links(at: AppTest) -> list[str]:
    """The links that a dialog shows."""
    found: list[Any] = list(at.get("bidi_component"))
    links = [one for one in found if one.proto.component_name == "access_desk_copy_link"]
    return [json.loads(one.proto.json)["url"] for one in links]


def _verify(desk: Desk, patient_id: str) -> None:
    Patient().do(desk.link_sender.send_verification(SUPPORT, patient_id).url)
    until(
        lambda: desk.identity.of_person(SUPPORT, patient_id).identity is IdentityState.VERIFIED,
    )


def test_the_next_step_is_the_one_that_can_be_pressed(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    disabled = {one.label: one.disabled for one in at.button if one.label in ACTIONS}
    assert disabled == {
        "Send verification link": False,
        "Send challenge": True,
        "Start IAS query": True,
    }
    assert "identity is not verified yet" in texts(at)
    _verify(running_desk, fresh_person)
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    assert not button(at, "Send challenge").disabled  # type: ignore[attr-defined]
    assert "No multifactor challenge that the person satisfied is known here" in texts(at)
    assert "cannot be seen" in texts(at)
    Patient().do(running_desk.link_sender.send_challenge(SUPPORT, fresh_person).url)
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    assert not button(at, "Start IAS query").disabled  # type: ignore[attr-defined]
    assert "ends in 30 min" in texts(at) or "ends in 29 min" in texts(at)
    assert not at.exception
    what = set(shown_list(at, "timeline").column("What"))
    assert what >= {"Verification link", "Proofed identity", "Challenge link", "AAL2 session"}


def test_reviewers_see_the_steps_and_press_nothing(browser: Browser, fresh_person: str) -> None:
    at = browser.open(Role.COMPLIANCE, "patient.py", patient=fresh_person)
    assert "identity is not verified yet" in texts(at)
    assert not ACTIONS & {one.label for one in at.button}


def test_a_link_is_shown_once_and_to_nobody_else(
    browser: Browser, running_desk: Desk, fresh_person: str, other_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    button(at, "Send verification link").click()  # type: ignore[attr-defined]
    at.run()
    button(at, "Make the link").click()  # type: ignore[attr-defined]
    at.run()
    [link] = shown_links(at)
    assert "/ias/go/" in link and not at.exception
    at.query_params["patient"] = other_person
    at.run()
    assert shown_links(at) == [] and "/ias/go/" not in texts(at)
    assert "Make the link" not in [one.label for one in at.button]
    at.query_params["patient"] = fresh_person
    at.run()
    assert shown_links(at) == [] and "/ias/go/" not in texts(at)


def test_a_refused_link_says_why_and_keeps_the_dialog(
    browser: Browser, faulty: Desk, fresh_person: str
) -> None:
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    button(at, "Send verification link").click()  # type: ignore[attr-defined]
    at.run()
    fault = {"kind": "status", "status": 429, "path": "/medical/v1/identity", "times": 1}
    faulty.http.post("/_control", json={"fault": fault}).raise_for_status()
    button(at, "Make the link").click()  # type: ignore[attr-defined]
    at.run()
    assert any("rate limit" in one.value for one in at.error)
    button(at, "Make the link").click()  # type: ignore[attr-defined]
    at.run()
    assert len(shown_links(at)) == 1


def test_an_ias_query_is_started_and_spends_the_session(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    _verify(running_desk, fresh_person)
    Patient().do(running_desk.link_sender.send_challenge(SUPPORT, fresh_person).url)
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    button(at, "Start IAS query").click()  # type: ignore[attr-defined]
    at.run()
    button(at, "Review").click()  # type: ignore[attr-defined]
    at.run()
    assert "individual access" in texts(at)
    button(at, "Start the query").click()  # type: ignore[attr-defined]
    at.run()
    assert not at.exception and not at.error
    assert "Start IAS query" not in [one.label for one in at.button]
    assert "The IAS query used the session." in texts(at)
    until(lambda: running_desk.cases.round_of(SUPPORT, fresh_person).may_begin_another)
    at.run()
    # The next round is offered, and not as the thing to do.
    assert "Another round needs a new challenge" in texts(at)
    offered = [one for one in at.button if one.label == "Send challenge"]
    assert [(one.disabled, one.key) for one in offered] == [(False, "step_4_action")]


def test_a_session_that_was_spent_meanwhile_is_told_in_the_dialog(
    browser: Browser, running_desk: Desk, fresh_person: str
) -> None:
    """Two members of the staff press within the same second: here the slower one."""
    from services.metriport.schemas import Sources
    from services.queries.requests import IasRequest

    _verify(running_desk, fresh_person)
    Patient().do(running_desk.link_sender.send_challenge(SUPPORT, fresh_person).url)
    at = browser.open(Role.SUPPORT, "patient.py", patient=fresh_person)
    button(at, "Start IAS query").click()  # type: ignore[attr-defined]
    at.run()
    button(at, "Review").click()  # type: ignore[attr-defined]
    at.run()
    request = IasRequest(fresh_person, Sources(hie=True))
    running_desk.query_starts.start(SUPPORT, running_desk.query_starts.new_id(), request)
    button(at, "Start the query").click()  # type: ignore[attr-defined]
    at.run()
    assert any("each query needs a new challenge" in one.value for one in at.error)


def test_patients_shows_and_filters_by_state(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py", identity="Inactive")
    assert set(shown_list(at, "patients").column("Identity")) == {"Inactive"}
    at = browser.open(Role.SUPPORT, "patients.py", identity="Verified", aal2="Used")
    assert set(shown_list(at, "patients").column("AAL2")) == {"Used"}
    at = browser.open(Role.SUPPORT, "patients.py", identity="no such state")
    assert not at.exception and len(shown_list(at, "patients")) == 25


@pytest.mark.parametrize(
    ("patient", "missing"),
    [
        ({}, ["first name", "last name", "date of birth", "street", "city", "state", "ZIP",
              "e-mail or mobile"]),
        ({"contact": [{"phone": "5415550123"}]}, 7),
        ({"firstName": "A", "lastName": "B", "dob": "2000-01-01", "contact": [{"email": "a@b.c"}],
          "address": [{"addressLine1": "x", "city": "y", "state": "OR", "zip": "97403"}]}, 0),
    ],
)  # fmt: skip
def test_what_an_ias_query_lacks(patient: dict[str, object], missing: object) -> None:
    found = missing_names(missing_for_access(WirePatient.model_validate({"id": "p"} | patient)))
    assert (found if isinstance(missing, list) else len(found)) == missing
