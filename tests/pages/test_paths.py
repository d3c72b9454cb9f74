"""Every page has an address of its own, the first one too."""

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.frame.places import PAGES, allowed_pages, first_page
from services.desk import Desk
from services.staff.permissions import Role
from tests.desk import FakeSignIn
from tests.pages.conftest import SHELL, Browser
from tests.pages.lists import sent_to, shown_list
from tests.staff_members import STAFF


@pytest.fixture
def at(running_desk: Desk, sign_in: FakeSignIn) -> AppTest:
    """The program at `/`, before its first run."""
    fresh = AppTest.from_file(str(SHELL), default_timeout=20)
    fresh.context = {"timezone": "America/New_York", "theme": "light"}
    return fresh


@pytest.mark.parametrize("role", Role)
def test_the_start_page_leads_to_the_first_page_and_keeps_what_the_address_asks(
    at: AppTest, sign_in: FakeSignIn, role: Role
) -> None:
    sign_in.who = STAFF[role]
    at.query_params["identity"] = "Inactive"
    at.run()
    assert not at.exception and not at.error and not at.title
    path = "outcomes" if role is Role.PRODUCT else "patients"
    assert sent_to(at) == f"/{path}?identity=Inactive"


def test_a_filter_of_the_address_narrows_the_first_page(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py", identity="Inactive")
    assert set(shown_list(at, "patients").column("Identity")) == {"Inactive"}


@pytest.mark.parametrize("role", Role)
def test_the_first_page_answers_under_its_own_name(browser: Browser, role: Role) -> None:
    first = first_page(STAFF[role])
    at = browser.open(role, first)
    assert at.title[0].value == ("Outcomes" if role is Role.PRODUCT else "Patients")


@pytest.mark.parametrize("role", Role)
def test_the_start_page_is_none_of_those_that_people_are_offered(role: Role) -> None:
    assert "start.py" not in {page.file for page in PAGES}
    assert allowed_pages(STAFF[role])[0].listed


def test_every_page_file_is_in_the_list() -> None:
    files = {path.name for path in SHELL.parent.glob("[a-z]*.py")}
    assert files == {page.file for page in PAGES} | {"start.py"}
