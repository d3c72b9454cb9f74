"""The dialogs of goals and annotations, on the pages whose charts they belong to."""

import pytest
from streamlit.testing.v1 import AppTest

from services.staff.permissions import Role
from tests.pages.conftest import Browser, browser

__all__ = ["browser"]


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return at.run()


@pytest.mark.parametrize(
    ("role", "goals", "annotates"),
    [(Role.SUPPORT, False, True), (Role.COMPLIANCE, False, False), (Role.PRODUCT, True, True),
     (Role.ADMIN, True, True)],
)  # fmt: skip
def test_a_role_has_the_buttons_that_it_may_press(
    browser: Browser, role: Role, goals: bool, annotates: bool
) -> None:
    keys = {button.key for button in browser.open(role, "outcomes.py").button}
    assert ("open_goal" in keys, "open_annotation" in keys) == (goals, annotates)


def test_the_goal_dialog_offers_the_measures_of_its_page(browser: Browser) -> None:
    at = press(browser.open(Role.PRODUCT, "outcomes.py"), "open_goal")
    assert not at.exception
    assert at.selectbox(key="goal_measure").options == [
        "IAS queries completed, of those that ended",
        "Treatment queries completed, of those that ended",
        "IAS sources: 90th percentile of hours to finish",
        "Treatment sources: 90th percentile of hours to finish",
    ]
    assert at.number_input(key="goal_target_completed_per_ended_ias").max == 100


def test_the_annotation_dialog_names_the_zone_of_its_times(browser: Browser) -> None:
    at = press(browser.open(Role.SUPPORT, "outcomes.py"), "open_annotation")
    assert not at.exception
    assert at.text_input(key="note_text").max_chars == 81
    assert at.time_input(key="note_at_time").label.startswith("Time (")
