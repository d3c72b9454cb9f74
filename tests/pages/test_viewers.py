"""Who looks on: what a browser session keeps of one viewer, and what another one sees of it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from pages._ui.frame import viewer
from services.desk import Desk
from services.staff.looks import ONE_LOOK
from services.staff.permissions import Role
from services.store.tables import AuditEvent
from tests.desk import FakeSignIn
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list
from tests.staff_members import STAFF

PAGES = Path(__file__).parents[2] / "pages"


def _searches(desk: Desk) -> int:
    with desk.store.read() as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "patient.search")
        return len(session.exec(wanted).all())


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.PRODUCT, None])
def test_whoever_comes_next_sees_nothing_of_the_one_before(
    browser: Browser, sign_in: FakeSignIn, role: Role | None
) -> None:
    """A browser that lost its connection goes on in its session, with the cookies of now."""
    at = browser.open(Role.SUPPORT, "patients.py")
    assert has_list(at, "patients")
    sign_in.who = STAFF[role] if role else None
    at.run()
    assert "Your sign-in has ended" in texts(at) and not has_list(at, "patients")
    assert "patients_results" not in at.session_state and "_remembered" not in at.session_state
    # Nor does the session come back to the one before.
    sign_in.who = STAFF[Role.SUPPORT]
    assert "Your sign-in has ended" in texts(at.run())


def test_people_of_an_earlier_look_are_read_and_noted_anew(
    browser: Browser, running_desk: Desk
) -> None:
    at = browser.open(Role.SUPPORT, "patients.py")
    before = _searches(running_desk)
    assert len(shown_list(at.run(), "patients")) == 25 and _searches(running_desk) == before
    results = at.session_state["patients_results"]
    object.__setattr__(results, "read_at", results.read_at - ONE_LOOK - timedelta(seconds=1))
    assert len(shown_list(at.run(), "patients")) == 25
    assert _searches(running_desk) == before + 1


class Rerun(Exception):
    """What `st.rerun` raises here."""


@pytest.mark.parametrize("who", [STAFF[Role.ADMIN], None])
def test_a_part_without_the_shell_does_nothing_for_somebody_else(
    running_desk: Desk, sign_in: FakeSignIn, monkeypatch: pytest.MonkeyPatch, who: object
) -> None:
    def rerun() -> None:
        raise Rerun

    session = {"viewer": STAFF[Role.SUPPORT].tag}
    monkeypatch.setattr(viewer.st, "session_state", session)
    monkeypatch.setattr(viewer.st, "rerun", rerun)
    pressed: list[str] = []
    press = viewer.while_signed_in(pressed.append)
    sign_in.who = STAFF[Role.SUPPORT]
    press("by support")
    sign_in.who = who  # type: ignore[assignment]
    with pytest.raises(Rerun):
        press("by somebody else")
    assert pressed == ["by support"]


def test_every_dialog_and_live_part_asks_who_is_there() -> None:
    alone = [
        line.strip()
        for path in PAGES.glob("**/*.py")
        for line in path.read_text().splitlines()
        if re.search(r"\bst\.(dialog|fragment)\b", line)
    ]
    assert alone and all("(while_signed_in(" in line for line in alone), alone


def test_a_press_in_a_dialog_still_acts(browser: Browser) -> None:
    at: AppTest = browser.open(Role.SUPPORT, "patients.py")
    next(one for one in at.button if one.label == "New patient").click().run()
    assert not at.exception and any(one.label == "Cancel" for one in at.button)
