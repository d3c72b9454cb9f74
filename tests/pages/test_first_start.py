"""What a new sandbox shows: a person for each verdict, and no page that is empty."""

from collections.abc import Iterator

import pytest

from pages._ui.words.verdicts import VERDICT_TITLES
from services.desk import Desk
from services.sandbox.people import load_people
from services.staff.permissions import Role
from tests.desk import FakeSignIn, served_desk
from tests.pages.conftest import Browser, seen
from tests.pages.lists import shown_list
from tests.staff_members import STAFF

SUPPORT = STAFF[Role.SUPPORT]


@pytest.fixture(scope="module")
def new_desk(tmp_path_factory: pytest.TempPathFactory, sign_in: FakeSignIn) -> Iterator[Desk]:
    """A program that was just started for the first time."""
    with served_desk(tmp_path_factory.mktemp("new"), sign_in) as desk:
        yield desk


@pytest.fixture
def browser(new_desk: Desk, sign_in: FakeSignIn) -> Browser:
    return Browser(sign_in)


SCENARIOS = {one.scenario: one.patient["id"] for one in load_people() if one.scenario}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_person_in_a_scenario_shows_the_verdict_that_it_is_named_after(
    browser: Browser, scenario: str
) -> None:
    assert seen(browser, SCENARIOS[scenario]) == VERDICT_TITLES[scenario]


AT_FIRST = [
    ("Lucinda Labelle", "query_partial"),
    ("Farrah Macy", "source_not_enabled"),
    ("Hiram Fallon", "query_partial"),
    ("Opal Outlaw", "opted_out"),
    ("Desmond Outlaw", "opted_out"),
    ("Nora Blank", "no_records"),
    ("Perpetua Nohr", "records_uncounted"),
    ("Ina Lapsley", "identity_inactive"),
]
"""People with a trouble, as the sandbox's past has left them."""


@pytest.mark.parametrize(("name", "code"), AT_FIRST)
def test_people_with_a_trouble_show_it_from_the_first_start(
    browser: Browser, new_desk: Desk, name: str, code: str
) -> None:
    patient_id = new_desk.patients.search(SUPPORT, name).patients[0].id
    assert seen(browser, patient_id) == VERDICT_TITLES[code]


def test_search_shows_many_verdicts(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "patients.py")
    assert len(set(shown_list(at, "patients").column("Verdict"))) >= 3


def test_the_inbox_holds_messages_of_every_kind(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "webhooks.py")
    # Weekends are quiet.
    assert len(shown_list(at, "webhooks")) >= 10
    for state in ("Processed", "Left alone", "Failed", "Rejected"):
        at = browser.open(Role.SUPPORT, "webhooks.py", state=state)
        assert set(shown_list(at, "webhooks").column("State")) == {state}
