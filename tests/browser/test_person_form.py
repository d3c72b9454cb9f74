"""A person is created from what was pasted, and corrected, in a low window."""

import pytest
from playwright.sync_api import Locator, Page, expect

from services.staff.permissions import Role
from tests.browser.conftest import Program

pytestmark = pytest.mark.browser

PASTED = {
    "First name": "Mar\u200bta",
    "Last name": "Pasted\u00a0Example",
    "Date of birth": "03/31/1973",
    "Street": "1 Beach Rd",
    "City": "Hagåtña",
    "ZIP": "96910-1234",
    "Telephone (optional)": "+1 (671) 555-0142",
}


def _choose(dialog: Locator, label: str, typed: str) -> None:
    dialog.get_by_label(label).click()
    dialog.page.keyboard.type(typed)
    dialog.page.keyboard.press("Enter")


def test_a_person_is_created_and_corrected(page: Page, program: Program) -> None:
    page.set_viewport_size({"width": 1280, "height": 560})
    page.context.add_cookies([program.cookie(Role.SUPPORT)])
    page.goto(f"{program.url}/patients")
    page.get_by_role("button", name="New patient").click()
    dialog = page.get_by_role("dialog")
    create = dialog.get_by_role("button", name="Look for a match and create")
    expect(create).to_be_in_viewport()
    create.click()
    expect(dialog.get_by_label("First name")).to_be_focused()
    expect(create).to_be_in_viewport()
    # A stray key or click loses nothing.
    page.keyboard.press("Escape")
    page.mouse.click(5, 300)
    for label, text in PASTED.items():
        dialog.get_by_label(label, exact=True).fill(text)
    for label, typed in {"Sex at birth": "Female", "Facility": "Bayou", "State": "Guam"}.items():
        _choose(dialog, label, typed)
    create.click()
    expect(page.get_by_role("heading", name="Marta Pasted Example")).to_be_visible()
    expect(page.get_by_text("Born 1973-03-31")).to_contain_text("Hagåtña, GU 96910")
    expect(page.get_by_text("671-555-0142")).to_be_visible()
    _correct(page)
    expect(page.get_by_role("heading", name="Marta Right")).to_be_visible()


def _correct(page: Page) -> None:
    page.get_by_role("button", name="Change").click()
    page.get_by_text("Correct details").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Last name").fill("Right")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Mistake")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
