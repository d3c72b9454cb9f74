"""The page on which an administrator sees who is signed in, and signs them out."""

import pytest
from streamlit.testing.v1 import AppTest

from services.desk import Desk
from services.staff.members import StaffMember
from services.staff.permissions import Role
from services.staff.sign_in.sign_ins import Browser as Machine
from tests.pages.conftest import Browser, texts
from tests.pages.lists import ShownList, shown_list
from tests.staff_members import STAFF

_MEMBER = StaffMember("https://id.test", "dora", "Dora <b>Quist</b>", "dora@example.org")


@pytest.fixture
def tokens(running_desk: Desk) -> list[str]:
    """Two browsers of one person, who is nobody else's in these tests."""
    machine = Machine("10.1.2.3", "Firefox on Linux")
    begin = running_desk.sign_ins.begin
    return [begin(_MEMBER, [Role.SUPPORT], machine) for _ in range(2)]


def _theirs(shown: ShownList) -> list[str]:
    rows = zip(shown.keys, shown.column("Person"), strict=True)
    return [key for key, name in rows if "Dora" in name]


def _choose(at: AppTest, key: str) -> None:
    # A click on a row, as the list's script tells it.
    at.session_state["staff_session_chosen"] = key
    at.run()


def _press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label.startswith(label)).click().run()


def test_an_administrator_sees_every_browser(browser: Browser, tokens: list[str]) -> None:
    at = browser.open(Role.ADMIN, "staff_sessions.py")
    assert not at.exception and not at.error
    shown = shown_list(at, "staff_sessions")
    assert len(_theirs(shown)) >= len(tokens) == 2
    assert "Firefox on Linux" in shown.column("Browser")
    assert "10.1.2.3" in shown.column("Address") and "dora@example.org" in shown.column("E-mail")
    assert sum("(this browser)" in name for name in shown.column("Person")) == 1
    # The hash of a cookie and the provider's token are no page's business.
    assert "hash" not in str(shown.data)


@pytest.mark.parametrize("everywhere", [False, True])
def test_an_administrator_ends_one_or_all(
    browser: Browser, running_desk: Desk, tokens: list[str], everywhere: bool
) -> None:
    at = browser.open(Role.ADMIN, "staff_sessions.py")
    before = _theirs(shown_list(at, "staff_sessions"))
    _choose(at, before[0])
    assert "Bulk runs that were started or resumed in it stop" in texts(at)
    assert "This is the browser that you use now." not in texts(at)
    _press(at, "End all" if everywhere else "End this sign-in")
    assert not at.exception and not at.error
    left = _theirs(shown_list(at, "staff_sessions"))
    assert left == ([] if everywhere else before[1:])
    running_desk.sign_ins.revoke_person(STAFF[Role.ADMIN], _MEMBER.id)


def test_ending_the_own_sign_in_warns(browser: Browser) -> None:
    at = browser.open(Role.ADMIN, "staff_sessions.py")
    _choose(at, STAFF[Role.ADMIN].session)
    assert "This is the browser that you use now." in texts(at)
