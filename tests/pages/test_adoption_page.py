"""The Adoption page: what each role sees of it, what its address may hold, and its lists."""

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.words.adoption import STEPS
from services.desk import Desk
from services.outcomes.adoption.steps import Step
from services.staff.permissions import Role
from tests.pages.conftest import Browser, texts
from tests.pages.lists import has_list, shown_list

_EVERY_CHART = (
    "Funnel",
    "Records received",
    "Retention",
    "IAS share of all queries",
    "AAL2 yield",
    "Links that nobody opened",
    "Queries per person",
    "By AAL2 method",
    "By facility",
)


def titles(at: AppTest) -> list[str]:
    return [title.value for title in at.subheader]


@pytest.mark.parametrize("role", Role)
def test_every_role_sees_every_chart(browser: Browser, role: Role) -> None:
    at = browser.open(role, "adoption.py")
    assert not at.exception and not at.error
    assert set(_EVERY_CHART) <= set(titles(at)), texts(at)
    assert ("Time between steps" in titles(at)) is (role is not Role.PRODUCT)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"period": "banana"}, "a period “banana”, which there is not. Shown: 13 weeks."),
        ({"stopped": "nowhere"}, "the people of a step which there is not"),
        ({"leave_out": "everybody"}, "“everybody” in the address is none of its values"),
        ({"facility": "nowhere"}, "“nowhere” in the address is none of its values"),
    ],
)
def test_an_address_that_cannot_be_shown_says_so(
    browser: Browser, address: dict[str, str], told: str
) -> None:
    at = browser.open(Role.SUPPORT, "adoption.py", **address)
    assert not at.exception and told in texts(at)
    assert "Funnel" in titles(at)


def test_a_step_leads_to_as_many_people_as_it_says(browser: Browser) -> None:
    at = browser.open(Role.SUPPORT, "adoption.py", period="12 months")
    steps = shown_list(at, "adoption_steps")
    stopped = steps.column("Went no further")[steps.keys.index("opened")]
    listed = browser.open(Role.SUPPORT, "adoption.py", period="12 months", stopped="opened")
    people = shown_list(listed, "adoption_people")
    assert 0 < len(people) == stopped <= 50


def test_product_gets_no_people_by_any_address(browser: Browser) -> None:
    at = browser.open(Role.PRODUCT, "adoption.py", period="12 months", stopped="opened")
    assert not has_list(at, "adoption_people") and not at.exception


def test_people_without_a_recorded_consent_can_be_followed_further(browser: Browser) -> None:
    with_consent = browser.open(Role.SUPPORT, "adoption.py")
    without = browser.open(Role.SUPPORT, "adoption.py", consent="Left out")
    names = shown_list(without, "adoption_steps").column("Step")
    assert STEPS[Step.CONSENT] not in names and len(names) == 8
    assert len(shown_list(with_consent, "adoption_steps")) == 9


def test_the_charts_say_what_they_count(browser: Browser, running_desk: Desk) -> None:
    at = browser.open(Role.PRODUCT, "adoption.py")
    assert "by the number of steps in a row that they have reached" in texts(at)
